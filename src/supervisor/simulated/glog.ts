import { writeSync } from 'node:fs'
import { aborted, exited, StartFailure } from './ending.ts'

export type Level = 'INFO' | 'WARNING' | 'ERROR'

/** Mesos's log: `I1122 10:58:14.797606 12834 main.cpp:243] text`, written at once to stderr. */
export type Glog = {
  info(at: string, text: string): void
  warning(at: string, text: string): void
  error(at: string, text: string): void
  /** Logs `EXIT with status 1: <text>` and gives what to throw. */
  exit(at: string, text: string): StartFailure
  /** Logs a fatal line and gives what to throw: the process ends by SIGABRT. */
  fatal(at: string, text: string): StartFailure
}

const order: Level[] = ['INFO', 'WARNING', 'ERROR']

/** @param threshold the lowest level that is written (`--logging_level`) */
export function openGlog(threshold: Level = 'INFO', write: (text: string) => void = toStderr): Glog {
  const put = (letter: string, at: string, text: string) => write(`${prefix(letter, at)}${text}\n`)
  const at = (level: Level) => order.indexOf(level) >= order.indexOf(threshold)
  return {
    info: (where, text) => void (at('INFO') && put('I', where, text)),
    warning: (where, text) => void (at('WARNING') && put('W', where, text)),
    error: (where, text) => put('E', where, text),
    exit(where, text) {
      put('E', where, `EXIT with status 1: ${text}`)
      return new StartFailure(exited(1))
    },
    fatal(where, text) {
      put('F', where, text)
      write('*** Check failure stack trace: ***\n')
      return new StartFailure(aborted)
    },
  }
}

function prefix(letter: string, at: string): string {
  const now = performance.timeOrigin + performance.now()
  const date = new Date(now)
  const two = (value: number) => String(value).padStart(2, '0')
  const micros = String(Math.floor((now % 1000) * 1000)).padStart(6, '0')
  const day = `${two(date.getMonth() + 1)}${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${letter}${day} ${time}.${micros} ${String(process.pid).padStart(5)} ${at}] `
}

export function toStderr(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // nobody reads any more, or the disk is full: a log line is not worth a program
  }
}
