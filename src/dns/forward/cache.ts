import type { UpstreamReply } from './reply.ts'
import type { Forwarded } from './write.ts'

type Kept = { reply: UpstreamReply; at: number }

/** Questions that were asked once lately; the older half is forgotten when there are as many as this. */
const mostOnce = 20_000

/**
 * Replies by question, each for its lifetime; the oldest make room. A reply is kept from the second time on: most
 * questions are never asked again, and the first asker gets the upstream's word as it is. `now` is monotonic, in ms.
 */
export type ReplyCache = {
  get(question: string): Forwarded | undefined
  put(question: string, reply: UpstreamReply): void
}

export function openReplyCache(now: () => number, mostBytes: number): ReplyCache {
  const kept = new Map<string, Kept>()
  let once = new Set<string>()
  let onceBefore = new Set<string>()
  let bytes = 0

  function drop(question: string, { reply }: Kept): void {
    kept.delete(question)
    bytes -= sizeOf(question, reply)
  }

  return {
    get(question) {
      const found = kept.get(question)
      if (!found) return undefined
      const age = Math.floor((now() - found.at) / 1000)
      if (now() - found.at < found.reply.lifetime * 1000) return { reply: found.reply, age }
      drop(question, found)
      return undefined
    },
    put(question, reply) {
      if (reply.lifetime === 0) return
      if (!once.has(question) && !onceBefore.has(question)) {
        if (once.size >= mostOnce / 2) {
          onceBefore = once
          once = new Set()
        }
        once.add(question)
        return
      }
      const old = kept.get(question)
      if (old) drop(question, old)
      kept.set(question, { reply, at: now() })
      bytes += sizeOf(question, reply)
      for (const [oldest, entry] of kept) {
        if (bytes <= mostBytes) break
        drop(oldest, entry)
      }
    },
  }
}

/** About what an entry costs. */
function sizeOf(question: string, { bytes, ttlOffsets }: UpstreamReply): number {
  return bytes.length + 8 * ttlOffsets.length + 2 * question.length + 200
}
