import { addressOf, eachSet, nameOf, recordsOf, serviceOf, weightsOf } from './read.ts'
import type { RecordSink } from './sink.ts'
import { type Contents, type Kind, kinds, type Table, type Weights } from './table.ts'

/** One record outside of any table; names have a dot at their end. */
export type Entry =
  | { kind: 'A' | 'AAAA'; owner: string; address: string }
  | ({ kind: 'SRV'; owner: string; target: string; port: number } & Weights)

/** The same for the same records, whoever wrote them. */
export function keyOf(entry: Entry): string {
  if (entry.kind !== 'SRV') return `${entry.owner} ${entry.kind} ${entry.address}`
  const { owner, priority, weight, port, target } = entry
  return `${owner} SRV ${priority} ${weight} ${port} ${target}`
}

/** @param weight of SRV records that have none of their own */
function entryAt(table: Table, owner: string, kind: Kind, record: number, weight: number): Entry {
  if (kind !== 'SRV') return { kind, owner, address: addressOf(table, record, kind) }
  const weights = weightsOf(table, record) ?? { priority: 0, weight }
  return { kind, owner, ...serviceOf(table, record), ...weights }
}

/** All records of a name, with their numbers. */
export function entriesAt(table: Table, node: number, weight: number): { entry: Entry; record: number }[] {
  const owner = nameOf(table, node)
  return kinds.flatMap((what) =>
    Array.from(recordsOf(table, node, what), (record) => ({
      entry: entryAt(table, owner, what, record, weight),
      record,
    })),
  )
}

/** All records there are. */
export function eachEntry(contents: Contents, weight: number, see: (entry: Entry) => void): void {
  for (const { table, what, node, records } of eachSet(contents)) {
    const owner = nameOf(table, node)
    for (const record of records) see(entryAt(table, owner, what, record, weight))
  }
}

/** @param weight of SRV records that have none of their own */
export function putEntry(sink: RecordSink, entry: Entry, weight: number): void {
  const owner = sink.name(entry.owner)
  if (entry.kind !== 'SRV') {
    sink.address(owner, entry.address)
    return
  }
  const usual = entry.priority === 0 && entry.weight === weight
  const weights = usual ? undefined : { priority: entry.priority, weight: entry.weight }
  sink.service(owner, sink.name(entry.target), entry.port, weights)
}
