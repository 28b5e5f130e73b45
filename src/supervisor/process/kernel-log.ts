import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { type ProcessId, ticksPerSecond } from './proc.ts'

/** A record of /dev/kmsg is no longer (the kernel's Documentation/ABI/testing/dev-kmsg). */
const recordBytes = 8192
const mostRecords = 20_000
/** The clock of the log is never set right: by so much of its time it may be slow. */
const drift = 0.001

/** Where processes have the numbers that the log names them by, and not those of a container (the kernel's PROC_PID_INIT_INO). */
const machinePids = 0xeffffffc

/** What was too small: the memory of the machine, or what a control group may take of it. */
export type Shortage = 'machine' | 'group'

/** For want of which memory the kernel has killed that process, if it has, as far as its log tells. */
export function killedForMemory({
  pid,
  startTime,
}: Pick<ProcessId, 'pid' | 'startTime'>): Shortage | undefined {
  try {
    if (statSync('/proc/self/ns/pid').ino !== machinePids) return undefined
    return shortageIn(kernelLog(), pid, earliestStamp(Number(startTime) / ticksPerSecond))
  } catch {
    return undefined // it is not for everybody to read
  }
}

/**
 * By the words of the kernel's mm/oom_kill.c.
 * @param since what was killed before had this pid by chance; microseconds by the clock of the log
 */
export function shortageIn(log: string, pid: number, since: number): Shortage | undefined {
  const [, stamp, words] =
    [...log.matchAll(new RegExp(`^\\d+,\\d+,(\\d+),?[^;\\n]*;(.*[Kk]illed process ${pid}\\b)`, 'gm'))].at(
      -1,
    ) ?? []
  if (words === undefined || Number(stamp) < since) return undefined
  return words.includes('Memory cgroup out of memory') ? 'group' : 'machine'
}

/** Who takes most of the memory, on a terminal of 80 columns. */
export const biggestPrograms = 'ps -eo rss,pid,args --sort=-rss --cols=80 | head'

/**
 * The log's stamp of that second since boot, or one before it: its clock rests while the machine sleeps. Where it cannot be
 * known for how long that has slept, anything since boot will do.
 */
function earliestStamp(seconds: number): number {
  try {
    const [uptime] = readFileSync('/proc/uptime', 'utf8').split(' ')
    const awake = Number(/^now at (\d+) nsecs/m.exec(readFileSync('/proc/timer_list', 'utf8'))?.[1]) / 1e9
    return (seconds - (Number(uptime) - awake)) * (1 - drift) * 1e6 || 0
  } catch {
    return 0
  }
}

function kernelLog(): string {
  const file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return readRecords((record) => readSync(file, record, 0, recordBytes, null))
  } finally {
    closeSync(file)
  }
}

/** All that there is. Where the kernel was faster than we, some are gone, and it goes on with the oldest that is left. */
export function readRecords(read: (into: Buffer) => number): string {
  const record = Buffer.alloc(recordBytes)
  const records: string[] = []
  for (let reads = 0; reads < mostRecords; reads++) {
    try {
      const length = read(record)
      if (length === 0) break
      records.push(record.subarray(0, length).toString())
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EPIPE') continue
      break // EAGAIN: that was all
    }
  }
  return records.join('')
}
