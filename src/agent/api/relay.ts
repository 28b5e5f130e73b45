import { MeshboxError } from '../../error.ts'

/** Streams of other machines that go through this one at the same time. */
const most = 64

/**
 * Passes on what another machine answers without an end: no faster than it is read, and who stops reading here stops reading
 * there.
 */
export function openRelay(): (name: string, ask: () => Promise<unknown>) => Promise<unknown> {
  let count = 0
  return async (name, ask) => {
    if (count >= most)
      throw new MeshboxError({
        code: 'node-relayed',
        message: `cannot follow a log of ${name}: ${most} logs of other machines are followed through this one`,
        hint: 'close a page that shows one, or ask that machine itself',
      })
    count++
    const answer = await ask().catch((error) => {
      count--
      throw error
    })
    if (answer instanceof ReadableStream) return counted(answer, () => count--)
    count--
    return answer
  }
}

/** @param over is called once, whoever ends it */
function counted(from: ReadableStream<Uint8Array>, over: () => void): ReadableStream<Uint8Array> {
  const reader = from.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        // One that breaks off has ended.
        const { value } = await reader.read().catch(() => ({ value: undefined }))
        if (value) return out.enqueue(value)
        over()
        out.close()
      },
      cancel(reason) {
        over()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
