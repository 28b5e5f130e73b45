/**
 * What the resolver has done since it was started: plain numbers, for they are counted on the way of every query. What
 * they are called for those who read them stands in `http/metrics.ts`.
 */
export type Counters = {
  queries: Record<'udp' | 'tcp', number>
  /** Replies by their code of four bits. */
  replies: number[]
  loads: Record<'good' | 'failed', number>
  forwarded: Record<Forwarding, number>
  /** Whether the master's event stream is followed. */
  following: boolean
  /** Names that a load found otherwise than the events had told. */
  missed: number
}

/**
 * `cached`: answered from memory; `joined`: one that was under way already; `asked`: sent to an upstream; `failed`: an
 * upstream did not answer; `refused`: of a network that may not ask, or asks too much.
 */
export type Forwarding = 'cached' | 'joined' | 'asked' | 'failed' | 'refused'

export function openCounters(): Counters {
  return {
    queries: { udp: 0, tcp: 0 },
    replies: new Array<number>(16).fill(0),
    loads: { good: 0, failed: 0 },
    forwarded: { cached: 0, joined: 0, asked: 0, failed: 0, refused: 0 },
    following: false,
    missed: 0,
  }
}
