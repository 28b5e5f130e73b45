import { closeSync, constants, openSync, readSync } from 'node:fs'

/** A record of /dev/kmsg is no longer (the kernel's Documentation/ABI/testing/dev-kmsg). */
const recordBytes = 8192
const mostRecords = 20_000

/** What was too small: the memory of the machine, or what a control group may take of it. */
export type Shortage = 'machine' | 'group'

/** For want of which memory the kernel has killed that process, if it has, as far as its log tells. */
export function killedForMemory(pid: number): Shortage | undefined {
  try {
    return shortageIn(kernelLog(), pid)
  } catch {
    return undefined // it is not for everybody to read
  }
}

/** By the words of the kernel's mm/oom_kill.c. */
export function shortageIn(log: string, pid: number): Shortage | undefined {
  const line = new RegExp(`^.*[Kk]illed process ${pid}\\b`, 'm').exec(log)?.[0]
  if (line === undefined) return undefined
  return line.includes('Memory cgroup out of memory') ? 'group' : 'machine'
}

/** Who takes most of the memory, on a terminal of 80 columns. */
export const biggestPrograms = 'ps -eo rss,pid,args --sort=-rss --cols=80 | head'

function kernelLog(): string {
  const file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  const record = Buffer.alloc(recordBytes)
  const records: string[] = []
  try {
    while (records.length < mostRecords) {
      const length = readSync(file, record, 0, recordBytes, null)
      if (length === 0) break
      records.push(record.subarray(0, length).toString())
    }
  } catch {
    // EAGAIN: that was all
  } finally {
    closeSync(file)
  }
  return records.join('')
}
