import { type Latency, latencyBoundsMs } from '../counters.ts'

/**
 * Latencies as Prometheus reads a histogram (its text format 0.0.4): each bucket counts what is in those before it too.
 * They are counted by ourselves, for that is on the way of every query.
 */
export function histogramText(
  name: string,
  help: string,
  label: string,
  all: Record<string, Latency>,
): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`]
  for (const [is, { buckets, sumMs }] of Object.entries(all)) {
    let count = 0
    for (const [i, inside] of buckets.entries()) {
      count += inside
      const bound = latencyBoundsMs[i]
      lines.push(
        `${name}_bucket{${label}="${is}",le="${bound === undefined ? '+Inf' : bound / 1000}"} ${count}`,
      )
    }
    lines.push(`${name}_sum{${label}="${is}"} ${sumMs / 1000}`, `${name}_count{${label}="${is}"} ${count}`)
  }
  return `${lines.join('\n')}\n`
}
