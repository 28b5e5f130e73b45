import { checkLinearizable, type Model, type Operation } from './linearizable.ts'
import { type DocumentOp, documentModel, type RegistryOp, registerModel } from './models.ts'
import type { Recorded } from './recorded.ts'
import { reignsOf } from './reigns.ts'

/**
 * Every version that somebody was told is there, and that write's; so is what any machine showed. The writes are
 * linearizable, and in the end each machine shows the last one.
 */
export function judgeDocument({
  document,
  chain,
  shown,
  last,
}: Pick<Recorded, 'document' | 'chain' | 'shown' | 'last'>) {
  const history = new Map(chain)
  const end = chain.at(-1)
  const holes = chain.flatMap(([version], at) => {
    const before = chain[at - 1]?.[0] ?? version - 1
    return version === before + 1 ? [] : [`version ${version} comes after ${before}`]
  })
  const lost = document.flatMap(({ op }) => {
    if (op.kind !== 'wrote' || history.get(op.from + 1) === op.id) return []
    return [
      `${op.id} was acknowledged as version ${op.from + 1}, which is ${history.get(op.from + 1) ?? 'no more'}`,
    ]
  })
  const forged = shown.flatMap(([version, mark]) =>
    (history.get(version) ?? mark) === mark
      ? []
      : [`version ${version} was shown as ${mark}, and is ${history.get(version)}`],
  )
  const behind = Object.entries(last).flatMap(([name, now]) =>
    now && end && now.version === end[0] && now.mark === end[1]
      ? []
      : [`${name} ends with version ${now?.version} (${now?.mark}), and the ensemble with ${end}`],
  )
  const first = chain[0]?.[0] ?? 0
  const settled = withoutGuesses(document, history)
  return [...holes, ...lost, ...forged, ...behind, ...inOrder('document', settled, documentModel(first))]
}

/**
 * What became of a write of unknown outcome stands in the history, or it never happened: an hour's guesses would be
 * too many to go through.
 */
function withoutGuesses(
  document: Operation<DocumentOp>[],
  history: Map<number, string>,
): Operation<DocumentOp>[] {
  const versions = new Map([...history].map(([version, id]) => [id, version]))
  return document.flatMap((operation) => {
    const { op } = operation
    if (op.kind !== 'unknown') return [operation]
    const version = versions.get(op.id)
    return version === undefined ? [] : [{ ...operation, op: { ...op, from: version - 1 } }]
  })
}

function inOrder<State, Op>(what: string, operations: Operation<Op>[], model: Model<State, Op>): string[] {
  const told = checkLinearizable(operations, model)
  if (told.linearizable) return []
  const { longest, stuck } = told
  return [
    stuck
      ? `the writes of the ${what} are not linearizable: after ${longest.length} in order, none of ${JSON.stringify(stuck.slice(0, 5))} can come`
      : `whether the writes of the ${what} are linearizable was not found: ${longest.length} are in order`,
  ]
}

/** Within one process of an agent no version comes after a newer one. */
export function judgeReads({ reads }: Pick<Recorded, 'reads'>): string[] {
  return Object.entries(reads).flatMap(([reader, versions]) =>
    versions.flatMap((version, at) => {
      const before = versions[at - 1] ?? version
      return version < before ? [`${reader} read version ${version} after ${before}`] : []
    }),
  )
}

/**
 * Writes of the masters' registry and what leaders showed of it are linearizable; but for an old leader beside the next,
 * which may show what was. A write of unknown outcome that nobody ever saw changes nothing for anybody, and one that was
 * seen had happened by then.
 */
export function judgeRegistry({ registry, seen }: Pick<Recorded, 'registry' | 'seen'>): string[] {
  const reads = readsOf(seen)
  const seenBy = new Map<number, number>()
  for (const { op, end } of reads) seenBy.set(op.value, Math.min(end, seenBy.get(op.value) ?? Infinity))
  const written = new Set(registry.map(({ op }) => op.value))
  const ghosts = [...seenBy.keys()].filter((value) => !written.has(value))
  const writes = registry.flatMap((operation) => {
    if (operation.end < Infinity) return [operation]
    const end = seenBy.get(operation.op.value)
    return end === undefined ? [] : [{ ...operation, end }]
  })
  return [
    ...ghosts.map((value) => `a leader showed ${value} in the registry, which nobody wrote`),
    ...inOrder('registry', [...writes, ...reads], registerModel),
  ]
}

/** Of equal answers in a row the first and the last one. */
function readsOf(seen: Recorded['seen']): Operation<RegistryOp>[] {
  const reigns = Object.entries(seen).flatMap(([name, all]) => reignsOf(name, all))
  return Object.entries(seen).flatMap(([name, all]) => {
    const own = reigns.filter((reign) => reign.name === name)
    const reads = all.flatMap((each) => {
      if (each.what !== 'master' || each.status !== 200 || each.weight === undefined) return []
      const reign = own.find(({ from, to }) => from <= each.end && each.start <= to)
      const isOld = reigns.some((next) => reign && next.from > reign.from && next.from <= each.end)
      const { start, end, weight } = each
      return isOld ? [] : [{ op: { kind: 'read' as const, value: weight }, start, end }]
    })
    return reads.filter(
      ({ op }, at) => reads[at - 1]?.op.value !== op.value || reads[at + 1]?.op.value !== op.value,
    )
  })
}
