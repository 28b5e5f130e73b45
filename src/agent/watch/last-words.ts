import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { z } from 'zod'
import { type Holder, holderOf } from '../preflight/holder.ts'

const endBytes = 8192
const longest = 300

/** An agent that could not start closes what it has opened, and may tell of that. */
const mostLines = 10
const cannotStart = 'the agent cannot start'
/** What is before it was another agent's, or was followed by an end that was asked for. */
const bounds = /^the agent (begins|ends)/

const lineSchema = z.object({ level: z.string(), msg: z.string(), error: z.string().optional() })
type Line = z.output<typeof lineSchema>

/** What the agent complained of last, where it has not ended because it was asked to. */
export function lastWords(logFile: string): string | undefined {
  try {
    return wordsIn(endOf(logFile))
  } catch {
    return undefined
  }
}

export function wordsIn(log: string): string | undefined {
  const lines = log.trimEnd().split('\n').slice(-mostLines).map(lineIn).reverse()
  const line = lines.find(
    (each, at) =>
      (at === 0 && isComplaint(each)) || each?.msg === cannotStart || bounds.test(each?.msg ?? ''),
  )
  if (!line || !isComplaint(line)) return undefined
  const { msg, error } = line
  return (error === undefined ? msg : `${msg}: ${error}`).slice(0, longest)
}

const isComplaint = (line: Line | undefined) => line?.level === 'error' || line?.level === 'fatal'

function lineIn(text: string): Line | undefined {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function endOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const end = Buffer.alloc(endBytes)
    const from = Math.max(0, fstatSync(file).size - endBytes)
    return end.subarray(0, readSync(file, end, 0, endBytes, from)).toString()
  } finally {
    closeSync(file)
  }
}

/**
 * What mends an agent that ended with these words; undefined where they tell nothing of it.
 * @param url what this machine has joined by
 */
export function mendOf(
  words: string,
  url: string | undefined,
  find: (port: number) => Holder | undefined = holderOf,
): string | undefined {
  const again = 'meshbox doctor --fix'
  const port = /cannot serve the API on \S*:(\d+):/.exec(words)?.[1]
  if (port !== undefined) {
    const holder = find(Number(port))
    return holder ? `${holder.ends} && ${again}` : again
  }
  if (/cannot read \S+\.db: |disk image is malformed|not a database/.test(words)) return again
  if (/No space left|ENOSPC|disk is full|SQLITE_FULL|disk I\/O error/.test(words)) return again
  if (words.includes('cannot read the keyring'))
    return `meshbox join ${url ?? 'zk://HOST:2181/mesos'} --key-file FILE`
  if (/another meshbox \(pid \d+\) already works/.test(words)) return 'meshbox status'
  if (words.includes('written by another version of meshbox')) return 'meshbox upgrade --here'
  if (/EACCES|permission denied|attempt to write a readonly/i.test(words)) return `sudo ${again}`
  return undefined
}
