import type { Answer } from 'dns-packet'
import { canonicalAddress } from '../../config/address.ts'
import type { Entry } from '../table/entry.ts'

/** A record as a primary gave it, its names in lower case; undefined for those of types that no cluster has. */
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

function lowered(name: string): string {
  return name.endsWith('.') ? name.toLowerCase() : `${name.toLowerCase()}.`
}
