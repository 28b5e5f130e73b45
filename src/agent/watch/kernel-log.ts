import { closeSync, constants, openSync, readSync } from 'node:fs'

/** A record of /dev/kmsg is no longer (the kernel's Documentation/ABI/testing/dev-kmsg). */
const recordBytes = 8192
const mostRecords = 20_000

/** Whether the kernel has killed that process for want of memory, as far as its log tells. */
export function wasKilledForMemory(pid: number): boolean {
  try {
    return tellsOfKill(kernelLog(), pid)
  } catch {
    return false // it is not for everybody to read
  }
}

export function tellsOfKill(log: string, pid: number): boolean {
  return new RegExp(`[Kk]illed process ${pid}\\b`).test(log)
}

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
