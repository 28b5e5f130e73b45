import type { Answer } from 'dns-packet'
import { canonicalAddress } from '../../config/address.ts'
import { addressOf, eachSet, nameOf, serviceOf, weightsOf } from '../table/read.ts'
import type { Table, Weights } from '../table/table.ts'

/** A record of a zone as its primary gave it; names in lower case, with a dot at their end. */
export type Entry =
  | { kind: 'A' | 'AAAA'; owner: string; address: string }
  | ({ kind: 'SRV'; owner: string; target: string; port: number } & Weights)

/** Undefined for records of types that no cluster has. */
export function entryOf(record: Answer): Entry | undefined {
  if (record.type === 'A' || record.type === 'AAAA') {
    const address = canonicalAddress(record.data)
    return address === undefined ? undefined : { kind: record.type, owner: lowered(record.name), address }
  }
  if (record.type !== 'SRV') return undefined
  const { target, port, priority = 0, weight = 0 } = record.data
  return {
    kind: 'SRV',
    owner: lowered(record.name),
    target: lowered(target),
    port,
    priority,
    weight,
  }
}

/** The same for the same records, whoever wrote them. */
export function keyOf(entry: Entry): string {
  if (entry.kind !== 'SRV') return `${entry.owner} ${entry.kind} ${entry.address}`
  const { owner, priority, weight, port, target } = entry
  return `${owner} SRV ${priority} ${weight} ${port} ${target}`
}

/** All records of a table, as if they had been given. `weight` is the one of SRV records that have none of their own. */
export function eachEntry(table: Table, weight: number, see: (entry: Entry) => void): void {
  eachSet(table, (kind, node, records) => {
    const owner = nameOf(table, node)
    for (const record of records) {
      if (kind !== 'SRV') see({ kind, owner, address: addressOf(table, record, kind) })
      else
        see({
          kind,
          owner,
          ...serviceOf(table, record),
          ...(weightsOf(table, record) ?? { priority: 0, weight }),
        })
    }
  })
}

function lowered(name: string): string {
  return name.endsWith('.') ? name.toLowerCase() : `${name.toLowerCase()}.`
}
