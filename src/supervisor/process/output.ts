import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 8192

/** The end of a program's log, from byte `from` on; nothing when there is no such file. */
export function tailOf(logFile: string, from: number): string {
  try {
    const file = openSync(logFile, 'r')
    try {
      const { size } = fstatSync(file)
      const start = Math.max(from > size ? 0 : from, size - tailBytes)
      const buffer = Buffer.alloc(size - start)
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start))
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}
