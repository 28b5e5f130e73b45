import type { Recorded, Span } from './recorded.ts'

/** No machine goes unasked for longer: a probe that went down with its machine is started anew within that. */
const unaskedMs = 10_000

const overlaps = (span: Span, from: number, to: number) => span.from <= to && from <= span.to

/**
 * Every machine answers for the names, and for the leader's with the address of a machine, unless it cannot be expected
 * to. One line for each spell of silence, and for each time in which nobody asked.
 */
export function judgeAnswers({
  seen,
  excused,
  addresses,
  span,
}: Pick<Recorded, 'seen' | 'excused' | 'addresses' | 'span'>): string[] {
  return Object.entries(seen).flatMap(([name, all]) => {
    const isExcused = (from: number, to: number) =>
      (excused[name] ?? []).some((each) => overlaps(each, from, to))
    const spells: (Span & { told: string })[] = []
    const unasked: Span[] = []
    let now: (Span & { told: string }) | undefined
    let asked = span.from
    for (const each of all) {
      if (each.what !== 'name') continue
      if (each.start - asked > unaskedMs && !isExcused(asked, each.start))
        unasked.push({ from: asked, to: each.start })
      asked = each.end
      const known = each.addresses.every((address) => addresses.includes(address))
      const there = each.addresses.length > 0 || (each.name !== leader && each.rcode === 'NXDOMAIN')
      if ((each.answered && known && there) || isExcused(each.start, each.end)) now = undefined
      else if (now) now.to = each.end
      else {
        const told = known ? (each.rcode ?? 'nothing') : `${each.addresses}`
        now = { from: each.start, to: each.end, told: `${told} for ${each.name}` }
        spells.push(now)
      }
    }
    if (span.to - asked > unaskedMs && !isExcused(asked, span.to)) unasked.push({ from: asked, to: span.to })
    return [
      ...spells.map(
        ({ from, to, told }) =>
          `${name} answered ${told} for ${to - from} ms from ${new Date(from).toISOString()}, when nothing was wrong with it`,
      ),
      ...unasked.map(
        ({ from, to }) => `${name} was not asked for ${to - from} ms from ${new Date(from).toISOString()}`,
      ),
    ]
  })
}

/** The name that always has an address; that of a task has none while the task is moved. */
export const leader = 'leader.mesos'
export const task = 'web.marathon.mesos'

/** What a person wants to know of it: how much of the time had an excuse, and how often each name had an address. */
export function answersText({ seen, excused, span }: Recorded): string {
  const all = Object.values(seen)
    .flat()
    .flatMap((each) => (each.what === 'name' ? [each] : []))
  const share = (name: string) => {
    const asked = all.filter((each) => each.name === name)
    const with1 = asked.filter(({ addresses }) => addresses.length > 0)
    return `${with1.length} of ${asked.length} answers for ${name} had an address`
  }
  const whole = (span.to - span.from) * Object.keys(seen).length
  const out = Object.values(excused)
    .flatMap(merged)
    .reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0)
  return `${share(leader)}, ${share(task)}; ${Math.round((100 * out) / whole)} % of the time was excused`
}

/** Without what is in two of them. */
function merged(spans: Span[]): Span[] {
  const all: Span[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else all.push({ from, to })
  }
  return all
}
