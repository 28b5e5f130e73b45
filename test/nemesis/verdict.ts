import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryAt, headerBytes } from '../../src/supervisor/ensemble/txn-log.ts'
import { versionsIn } from '../../src/supervisor/ensemble/versions.ts'
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
  const told = checkLinearizable(settled(document, history), documentModel(first))
  return told.linearizable
    ? lost
    : [
        ...lost,
        `the writes of the document are not linearizable: after ${told.longest.length} in order, none of ${JSON.stringify(told.stuck.slice(0, 5))} can come`,
      ]
}

/**
 * Without what is guesswork: what became of a write of unknown outcome stands in the history. One that stands nowhere, where
 * each version is known to be another's, never happened. An hour's guesses would be too many to go through.
 */
function settled(document: Observed['document'], history: Observed['history']): Observed['document'] {
  const versions = new Map([...history].map(([version, id]) => [id, version]))
  const known = [...history.keys()]
  const isWhole = known.length > 0 && Math.max(...known) - Math.min(...known) + 1 === known.length
  return document.flatMap((operation) => {
    const { op } = operation
    if (op.kind !== 'unknown') return [operation]
    const version = versions.get(op.id)
    if (version !== undefined) return [{ ...operation, op: { ...op, from: version - 1 } }]
    const isElsewhere = op.from === undefined ? isWhole : history.has(op.from + 1)
    return isElsewhere ? [] : [operation]
  })
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

/** That a new leader answers is noticed by the old one within this, once it is awake and reached. */
const endsMs = 1000
/** Who is apart from the others leads on for as long as its session in ZooKeeper lasts. */
const apartMs = 10_000

type Overlap = { old: string; next: string; ms: number; at: number; over: number }

/**
 * How long a master was still asked, and answered as the leader, after its successor had answered as one. `over` is by how
 * much that is longer than it may be: a second after the successor's first answer, its own waking or its return, or for as
 * long as its session lasts since it is apart; and what timers of this machine were late then.
 */
export function overlapsOf(
  seen: Map<Machine, Seen[]>,
  slept: Map<Machine, Span[]>,
  apart: Map<Machine, Span[]>,
): Overlap[] {
  const led = [...seen].flatMap(([machine, all]) => reignsOf(machine, all))
  return led.flatMap((old) =>
    led.flatMap((next) => {
      if (next.machine === old.machine || next.from <= old.from || next.from >= old.to) return []
      const wakes = (slept.get(old.machine) ?? []).map(({ to }) => to).filter((to) => to <= old.to)
      const meets = (apart.get(old.machine) ?? [])
        .filter(({ from }) => from <= old.to)
        .map(({ from, to }) => Math.min(to, from + apartMs - endsMs))
      const late = latest(seen, next.from - endsMs, old.to + endsMs)
      const over = old.to - Math.max(next.from, ...wakes, ...meets) - endsMs - late
      const ms = Math.min(old.to, next.to) - next.from
      return [{ old: old.machine.name, next: next.machine.name, ms, at: next.from, over }]
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

/** How late a timer was in that time, on any machine: they share the processors. */
function latest(seen: Map<Machine, Seen[]>, from: number, to: number): number {
  const all = [...seen.values()].flat().filter(({ start, end }) => start <= to && from <= end)
  return Math.max(0, ...all.map(({ late }) => late))
}

type Reign = { machine: Machine; from: number; to: number }

/** From its first answer as the leader to the last question that it answered so, and nothing else in between. */
function reignsOf(machine: Machine, all: Seen[]): Reign[] {
  const reigns: Reign[] = []
  let now: Reign | undefined
  for (const each of all) {
    if (each.what !== 'master') continue
    if (each.status !== 200) now = undefined
    else if (now) now.to = each.start
    else {
      now = { machine, from: each.end, to: each.end }
      reigns.push(now)
    }
  }
  return reigns
}

/**
 * At most one leader of ZooKeeper has its writes taken in an epoch: an id of a transaction, which has the epoch in it,
 * stands for the same transaction on every disk.
 */
export function judgeEpochs(machines: Machine[]): string[] {
  const known = new Map<bigint, { name: string; sum: number }>()
  const faults: string[] = []
  for (const { name, dataDir } of machines)
    for (const { path } of versionsIn(join(dataDir, 'state/zookeeper/data/version-2'), 'log.'))
      for (const { zxid, sum } of transactionsIn(readFileSync(path))) {
        const before = known.get(zxid)
        if (before && before.sum !== sum)
          faults.push(`transaction ${zxid.toString(16)} is one on ${before.name}, and another on ${name}`)
        known.set(zxid, { name, sum })
      }
  return faults
}

function* transactionsIn(bytes: Buffer): Generator<{ zxid: bigint; sum: number }> {
  for (let at = headerBytes; ; ) {
    const entry = entryAt(bytes, at)
    if (entry.kind !== 'transaction') return
    yield { zxid: entry.zxid, sum: Bun.hash.crc32(bytes.subarray(at, at + entry.bytes)) }
    at += entry.bytes
  }
}
