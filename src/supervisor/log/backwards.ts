import { type FileHandle, open } from 'node:fs/promises'
import { startOfText } from './start.ts'

const chunkBytes = 64 * 1024
const newline = 10
/** A longer one is told in parts. */
const longestLine = 1 << 20

/**
 * The lines of files that follow each other, from the last line of the first path to the first line of the last one.
 * No more is read than is asked for. A line may go over the end of a file into the one before it in the list.
 * @param behind nothing from that byte of the first path on is read
 */
export async function* linesBackwards(
  paths: string[],
  behind = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  let rest: Buffer | undefined
  for await (const chunk of chunksBackwards(paths, behind)) {
    // The newline that ends the last line of all begins no further one.
    const end = rest === undefined && chunk.at(-1) === newline ? chunk.length - 1 : chunk.length
    const text: Buffer = Buffer.concat([chunk.subarray(0, end), rest ?? Buffer.alloc(0)])
    let after = text.length
    for (let at = text.lastIndexOf(newline); at >= 0; at = at > 0 ? text.lastIndexOf(newline, at - 1) : -1) {
      yield text.toString('utf8', at + 1, after)
      after = at
    }
    rest = text.subarray(0, after)
    if (rest.length < longestLine) continue
    yield rest.toString()
    rest = Buffer.alloc(0)
  }
  if (rest !== undefined) yield rest.toString()
}

async function* chunksBackwards(paths: string[], behind: number): AsyncGenerator<Buffer> {
  for (const [index, path] of paths.entries()) {
    const file = await openIfThere(path)
    if (!file) continue
    try {
      const start = await startOfText(file)
      const size = (await file.stat()).size
      for (let end = index === 0 ? Math.min(size, behind) : size; end > start; end -= chunkBytes) {
        const from = Math.max(start, end - chunkBytes)
        const { bytesRead, buffer } = await file.read(Buffer.alloc(end - from), 0, end - from, from)
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await file.close()
    }
  }
}

/** Undefined when there is no such file. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
