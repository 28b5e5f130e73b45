import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 4096
const longest = 200

/** The line of a log that most likely tells why the program ended: the last one that is not a stack trace. */
export function lastWords(logFile: string): string | undefined {
  const lines = tail(logFile).split('\n')
  const telling = lines.findLast((line) => /^[EF]\d{4} |EXIT with|Failed|[Ee]rror|Exception/.test(line))
  const line = (telling ?? lines.findLast((each) => each.trim() !== ''))?.trim()
  return line && line.length > longest ? `${line.slice(0, longest)}…` : line
}

function tail(path: string): string {
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const start = Math.max(0, size - tailBytes)
      const buffer = Buffer.alloc(size - start)
      readSync(file, buffer, 0, buffer.length, start)
      return buffer.toString()
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}
