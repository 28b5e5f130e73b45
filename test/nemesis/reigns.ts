import type { Seen } from './probe.ts'
import type { Recorded, Span } from './recorded.ts'

/** A time in which a master answered as the leader whenever it was asked. */
export type Reign = Span & { name: string }

/** From its first answer as the leader to the last question that it answered so, and nothing else in between. */
export function reignsOf(name: string, all: Seen[]): Reign[] {
  const reigns: Reign[] = []
  let now: Reign | undefined
  for (const each of all) {
    if (each.what !== 'master') continue
    if (each.status !== 200) now = undefined
    else if (now) now.to = each.start
    else {
      now = { name, from: each.end, to: each.end }
      reigns.push(now)
    }
  }
  return reigns
}

/** That a new leader answers is noticed by the old one within this, once it is awake and reached. */
const endsMs = 1000
/** Who is apart from the others leads on for as long as its session in ZooKeeper lasts. */
const apartMs = 10_000

type Overlap = { old: string; next: string; ms: number; at: number; over: number }

/**
 * How long a master was still asked, and answered as the leader, after its successor had answered as one. `over` is by how
 * much that is longer than it may be: a second after the successor's first answer, its own waking or its return, or for as
 * long as its session lasts since it is apart.
 */
export function overlapsOf({ seen, slept, apart }: Pick<Recorded, 'seen' | 'slept' | 'apart'>): Overlap[] {
  const led = Object.entries(seen).flatMap(([name, all]) => reignsOf(name, all))
  return led.flatMap((old) =>
    led.flatMap((next) => {
      if (next.name === old.name || next.from <= old.from || next.from >= old.to) return []
      const wakes = (slept[old.name] ?? []).map(({ to }) => to).filter((to) => to <= old.to)
      const meets = (apart[old.name] ?? [])
        .filter(({ from }) => from <= old.to)
        .map(({ from, to }) => Math.min(to, from + apartMs - endsMs))
      const over = old.to - Math.max(next.from, ...wakes, ...meets) - endsMs
      const ms = Math.min(old.to, next.to) - next.from
      return [{ old: old.name, next: next.name, ms, at: next.from, over }]
    }),
  )
}

export function judgeLeaders(overlaps: Overlap[]): string[] {
  return overlaps
    .filter(({ over }) => over > 0)
    .map(
      ({ old, next, ms, at, over }) =>
        `${old} led for ${ms} ms beside ${next} from ${new Date(at).toISOString()}, ${Math.round(over)} ms too long`,
    )
}
