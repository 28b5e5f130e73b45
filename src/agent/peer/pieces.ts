import type { Clock } from '../../clock.ts'
import { openLetter, sealLetter } from '../../config/secret/letter.ts'
import { aboutPiece } from './about.ts'

/** A machine that is asked for a stream says so often, at least, that it is still there. */
const aliveMs = 15_000
/** So long a machine may be silent before it counts as gone. */
export const silentMs = 3 * aliveMs
/** Bytes of a letter; those who send one read far less at a time. */
const mostBytes = 1 << 20
const headBytes = 4

/**
 * An answer without an end, as letters: each with its length before it, and good for nothing but its place behind this one
 * request. Nothing tells its end: a stream that breaks off is all the reader sees of it. An empty one says that there is
 * nothing new.
 */
export function sealPieces(
  body: ReadableStream<Uint8Array>,
  { key, nonce, clock }: { key: Uint8Array; nonce: string; clock: Clock },
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let coming: ReturnType<typeof reader.read> | undefined
  let number = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        coming ??= reader.read()
        const read = await within(coming, aliveMs, clock)
        if (read?.done) return out.close()
        if (read) coming = undefined
        const letter = sealLetter(read?.value ?? new Uint8Array(), key, aboutPiece(nonce, number++))
        const head = Buffer.alloc(headBytes)
        head.writeUInt32BE(letter.length)
        out.enqueue(Buffer.concat([head, letter]))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** @returns undefined when it takes longer */
async function within<T>(coming: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  let cancel = () => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(ms, () => resolve(undefined))
  })
  try {
    return await Promise.race([coming, late])
  } finally {
    cancel()
  }
}

/**
 * What stands in the letters, in their order. One that is not what it should be ends it with an error.
 * @param alive is called for each
 */
export function openPieces(
  body: ReadableStream<Uint8Array>,
  { key, nonce, alive, close }: { key: Uint8Array; nonce: string; alive: () => void; close: () => void },
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let rest: Buffer = Buffer.alloc(0)
  let number = 0

  /** The next letter; undefined when more has to come first. */
  function next(): Buffer | undefined {
    if (rest.length < headBytes) return undefined
    const length = rest.readUInt32BE(0)
    if (length > mostBytes) throw new Error('a letter is too long')
    if (rest.length < headBytes + length) return undefined
    const opened = openLetter(
      rest.subarray(headBytes, headBytes + length),
      [key],
      aboutPiece(nonce, number++),
    )
    if (!opened) throw new Error('a letter is not of the machine that was asked')
    rest = rest.subarray(headBytes + length)
    alive()
    return opened.plain
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        try {
          for (;;) {
            const text = next()
            if (text && text.length > 0) return out.enqueue(text)
            if (text) continue
            const read = await reader.read()
            if (read.done) break
            rest = Buffer.concat([rest, read.value])
          }
          close()
          out.close()
        } catch (error) {
          close()
          throw error
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  )
}
