import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { openIfThere } from './backwards.ts'
import { type Cut, cutHead } from './cut.ts'
import { type LogLimits, pieceOf, piecesOf } from './pieces.ts'
import { startOfText } from './start.ts'

const chunkBytes = 1 << 20

/**
 * Moves the oldest `limits.size` bytes of a log that is being appended to into a piece of its own, when there is that
 * much. The program that writes notices nothing. An agent that is killed half-way leaves a finished copy
 * (`<log>.next`), and the next one tells by comparing whether the cut was still to come.
 * @returns how it was cut; undefined when the log is short enough
 */
export async function rotate(logFile: string, limits: LogLimits): Promise<Cut | undefined> {
  const finished = await finishLast(logFile, limits)
  if (finished) return finished
  const file = await openIfThere(logFile)
  if (!file) return undefined
  try {
    const start = await startOfText(file)
    const { size, blksize } = await file.stat()
    const wholeBlocks = (bytes: number) => Math.floor(bytes / blksize) * blksize
    const length = wholeBlocks(limits.size)
    if (length === 0 || size - start <= length) return undefined
    const kept = limits.count === 0 ? limits.size / 2 : limits.size * (limits.count + 1)
    const dropped = wholeBlocks(size - start - kept)
    if (dropped > 0) return await dropHead(logFile, { start, length: dropped })
    const draft = `${logFile}.next.part`
    await copyRange(file, start, length, draft, 'w').catch(async (error) => {
      // On a full disk it would take the last room.
      await rm(draft, { force: true })
      throw error
    })
    await rename(draft, next(logFile))
    return await cutAndFile(logFile, { start, length }, limits)
  } finally {
    await file.close()
  }
}

/**
 * A program wrote more between two looks than all pieces together may hold: its oldest lines would be the first to go, and
 * copying them first would take the time in which it writes as much again.
 */
async function dropHead(logFile: string, range: { start: number; length: number }): Promise<Cut> {
  for (const piece of piecesOf(logFile)) await rm(piece, { force: true })
  return cutHead(logFile, range, async (from) => from)
}

const next = (logFile: string) => `${logFile}.next`

/** The copy of a rotation that was broken off: cut what it holds, unless that was done already. */
async function finishLast(logFile: string, limits: LogLimits): Promise<Cut | undefined> {
  const copy = await openIfThere(next(logFile))
  if (!copy) return undefined
  try {
    const length = (await copy.stat()).size
    const file = await openIfThere(logFile)
    try {
      const start = file ? await startOfText(file) : 0
      if (file && (await isSame(copy, file, start, length)))
        return await cutAndFile(logFile, { start, length }, limits)
    } finally {
      await file?.close()
    }
    await filePiece(logFile, limits)
    return undefined
  } finally {
    await copy.close()
  }
}

async function cutAndFile(
  logFile: string,
  range: { start: number; length: number },
  limits: LogLimits,
): Promise<Cut> {
  const cut = await cutHead(logFile, range, async (from) => {
    const file = await open(logFile, 'r')
    try {
      return await copyRange(file, from, (await file.stat()).size - from, next(logFile), 'a')
    } finally {
      await file.close()
    }
  })
  await filePiece(logFile, limits)
  return cut
}

/** The copy becomes piece 1; the others move up, and the oldest ones go. */
async function filePiece(logFile: string, { count }: LogLimits): Promise<void> {
  const pieces = piecesOf(logFile)
  for (const [index, piece] of [...pieces.entries()].reverse()) {
    if (index + 1 >= count) await rm(piece, { force: true })
    else await rename(piece, pieceOf(logFile, index + 2))
  }
  await rename(next(logFile), pieceOf(logFile, 1))
}

/** On disk when it returns: what is cut afterwards is nowhere else. Returns the byte behind the last one copied. */
async function copyRange(
  from: FileHandle,
  start: number,
  length: number,
  path: string,
  flags: 'w' | 'a',
): Promise<number> {
  const to = await open(path, flags, 0o640)
  try {
    const buffer = Buffer.alloc(Math.min(length, chunkBytes))
    let at = start
    while (at < start + length) {
      const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, start + length - at), at)
      if (bytesRead === 0) break
      await to.writeFile(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    await to.sync()
    return at
  } finally {
    await to.close()
  }
}

async function isSame(copy: FileHandle, file: FileHandle, start: number, length: number): Promise<boolean> {
  const [a, b] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)]
  for (let at = 0; at < length; ) {
    const wanted = Math.min(chunkBytes, length - at)
    const { bytesRead } = await copy.read(a, 0, wanted, at)
    const other = await file.read(b, 0, bytesRead, start + at)
    if (bytesRead === 0 || other.bytesRead !== bytesRead) return false
    if (!a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead))) return false
    at += bytesRead
  }
  return length > 0
}

/** Whether there is anything to do, by one look at the disk. */
export async function isLong(logFile: string, { size }: LogLimits): Promise<boolean> {
  try {
    const { blocks } = await stat(logFile)
    return blocks * 512 > size
  } catch {
    return false
  }
}
