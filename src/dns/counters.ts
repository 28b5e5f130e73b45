/**
 * What the resolver has done since it was started: plain numbers, for they are counted on the way of every query. What
 * they are called for those who read them stands in `http/metrics.ts`.
 */
export type Counters = {
  queries: Record<'udp' | 'tcp', number>
  /** Replies by their code of four bits. */
  replies: number[]
  /** How long replies took, by where they came from. */
  latency: Record<'zone' | 'upstream', Latency>
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

/** Upper bounds of the buckets of a latency, in milliseconds; what takes longer is in one more. */
export const latencyBoundsMs = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]

/** Each reply is in one bucket, the first whose bound it is within. */
export type Latency = { buckets: Float64Array; sumMs: number }

const openLatency = (): Latency => ({ buckets: new Float64Array(latencyBoundsMs.length + 1), sumMs: 0 })

/** Nearly every reply is in the first buckets: a look at two or three numbers. */
export function observe(latency: Latency, ms: number): void {
  let bucket = 0
  while (ms > (latencyBoundsMs[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
  latency.buckets[bucket] = (latency.buckets[bucket] ?? 0) + 1
  latency.sumMs += ms
}

export function openCounters(): Counters {
  return {
    queries: { udp: 0, tcp: 0 },
    replies: new Array<number>(16).fill(0),
    latency: { zone: openLatency(), upstream: openLatency() },
    loads: { good: 0, failed: 0 },
    forwarded: { cached: 0, joined: 0, asked: 0, failed: 0, refused: 0 },
    following: false,
    missed: 0,
  }
}
