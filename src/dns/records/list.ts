import type { DnsConfig } from '../../config/dns.ts'
import { countValues, type RecordSets, type RecordType, valuesOf } from './sets.ts'

/** One record as people read it: `name` and names in `data` end in a dot, `ttl` is in seconds. */
export type ZoneRecord = { name: string; type: RecordType; data: string; ttl: number }

const types: RecordType[] = ['A', 'AAAA', 'SRV']

/** All records, sorted by name, type and data. */
export function listRecords(
  sets: RecordSets,
  { ttl, srvRecordDefaultWeight }: Pick<DnsConfig, 'ttl' | 'srvRecordDefaultWeight'>,
): ZoneRecord[] {
  const records: ZoneRecord[] = []
  for (const type of types) {
    for (const [name, values] of sets[type]) {
      for (const value of valuesOf(values)) {
        const data = type === 'SRV' ? serviceData(value, srvRecordDefaultWeight) : value
        records.push({ name, type, data, ttl })
      }
    }
  }
  return records.sort((a, b) => compare(a.name, b.name) || compare(a.type, b.type) || compare(a.data, b.data))
}

export function countRecords(sets: RecordSets): number {
  let count = 0
  for (const type of types) for (const values of sets[type].values()) count += countValues(values)
  return count
}

function serviceData(value: string, weight: number): string {
  const colon = value.lastIndexOf(':')
  return `0 ${weight} ${value.slice(colon + 1)} ${value.slice(0, colon)}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
