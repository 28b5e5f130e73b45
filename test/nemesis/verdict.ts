import type { Machine } from '../cluster/cluster.ts'
import type { Observed } from './clients.ts'
import { checkLinearizable } from './linearizable.ts'
import { documentModel } from './models.ts'
import type { Permits } from './permits.ts'
import type { Seen } from './probe.ts'
import type { Span } from './world.ts'

/** No version that somebody was told is another's write, and the writes are linearizable. */
export function judgeDocument({ document, history }: Observed): string[] {
  const lost = document.flatMap(({ op }) => {
    if (op.kind !== 'wrote') return []
    const mark = history.get(op.from + 1)
    return mark === undefined || mark === op.id
      ? []
      : [`${op.id} was acknowledged as version ${op.from + 1}, which is ${mark}`]
  })
  const first = Math.min(...document.map(({ op }) => op.from ?? Infinity))
  const told = checkLinearizable(document, documentModel(first))
  return told.linearizable
    ? lost
    : [
        ...lost,
        `the writes of the document are not linearizable: after ${told.longest.length} in order, none of ${JSON.stringify(told.stuck.slice(0, 5))} can come`,
      ]
}

/**
 * What the masters' registry holds in the end is a write that none which was acknowledged came after. One of unknown
 * outcome may have come at any time.
 */
export function judgeRegistry({ registry }: Observed, last: number | undefined): string[] {
  const acknowledged = registry.filter(({ end }) => end < Infinity)
  const found = registry.find(({ value }) => value === last)
  const later = acknowledged.filter(({ start }) => start > (found?.end ?? -1))
  if (later.length === 0 && (found || registry.length === 0)) return []
  return [`the registry holds ${last}, and ${later.map(({ value }) => value)} were acknowledged after it`]
}

/** Within one process of an agent no version comes after a newer one. */
export function judgeReads({ reads }: Observed): string[] {
  return [...reads].flatMap(([reader, versions]) =>
    versions.flatMap((version, at) => {
      const before = versions[at - 1] ?? version
      return version < before ? [`${reader} read version ${version} after ${before}`] : []
    }),
  )
}

/** Each permit is for the same machines whoever looks at it, and the words of one come from them alone, a single one each. */
export function judgePermits({ granted, words }: Permits): string[] {
  return [...words].flatMap(([step, spoken]) =>
    [...spoken].flatMap(([name, said]) => [
      ...(granted.get(step)?.has(name) === false
        ? [`${name} spoke under permit ${step}, which was not its own`]
        : []),
      ...(said.size > 1 ? [`${name} gave ${[...said].join(' and ')} for permit ${step}`] : []),
    ]),
  )
}

const overlaps = (span: Span, from: number, to: number) => span.from <= to && from <= span.to

/** Every machine answers for the name with an address, unless it cannot be expected to. One line for each spell of silence. */
export function judgeAnswers({ seen }: Observed, excused: Map<Machine, Span[]>): string[] {
  return [...seen].flatMap(([machine, all]) => {
    const spells: (Span & { told: string })[] = []
    let now: (Span & { told: string }) | undefined
    for (const each of all) {
      if (each.what !== 'name') continue
      const fine = each.answered && each.addresses.length > 0
      if (fine || excused.get(machine)?.some((span) => overlaps(span, each.start, each.end))) now = undefined
      else if (now) now.to = each.end
      else {
        now = { from: each.start, to: each.end, told: each.rcode ?? 'nothing' }
        spells.push(now)
      }
    }
    return spells.map(
      ({ from, to, told }) =>
        `${machine.name} answered ${told} for ${to - from} ms from ${new Date(from).toISOString()}, when nothing was wrong with it`,
    )
  })
}

type Overlap = { old: string; next: string; ms: number; at: number }

/** How long a master went on answering as the leader while its successor did so as well. */
export function overlapsOf(seen: Map<Machine, Seen[]>): Overlap[] {
  const led = [...seen].flatMap(([machine, all]) => reignsOf(machine.name, all))
  return led.flatMap((old) =>
    led.flatMap((next) => {
      if (next.name === old.name || next.from <= old.from || next.from >= old.to) return []
      return [{ old: old.name, next: next.name, ms: Math.min(old.to, next.to) - next.from, at: next.from }]
    }),
  )
}

type Reign = { name: string; from: number; to: number }

/** From its first answer as the leader to its last one, as long as it answers nothing else in between. */
function reignsOf(name: string, all: Seen[]): Reign[] {
  const reigns: Reign[] = []
  let now: Reign | undefined
  for (const each of all) {
    if (each.what !== 'master') continue
    if (each.status !== 200) now = undefined
    else if (now) now.to = each.end
    else {
      now = { name, from: each.end, to: each.end }
      reigns.push(now)
    }
  }
  return reigns
}
