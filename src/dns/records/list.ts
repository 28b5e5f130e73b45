import type { DnsConfig } from '../../config/dns.ts'
import { addressOf, eachSet, nameOf, serviceOf, weightsOf } from '../table/read.ts'
import type { Contents, Kind, Table } from '../table/table.ts'

/** One record as people read it: `name` and names in `data` end in a dot, `ttl` is in seconds. */
export type ZoneRecord = { name: string; type: Kind; data: string; ttl: number }

/** All records, sorted by name, type and data. */
export function listRecords(
  contents: Contents,
  { ttl, srvRecordDefaultWeight }: Pick<DnsConfig, 'ttl' | 'srvRecordDefaultWeight'>,
): ZoneRecord[] {
  const records: ZoneRecord[] = []
  for (const { table, what: type, node, records: numbers } of eachSet(contents)) {
    const name = nameOf(table, node)
    for (const number of numbers) records.push({ name, type, data: dataOf(table, type, number), ttl })
  }
  return records.sort((a, b) => compare(a.name, b.name) || compare(a.type, b.type) || compare(a.data, b.data))

  function dataOf(table: Table, type: Kind, record: number): string {
    if (type !== 'SRV') return addressOf(table, record, type)
    const { target, port } = serviceOf(table, record)
    const { priority, weight } = weightsOf(table, record) ?? { priority: 0, weight: srvRecordDefaultWeight }
    return `${priority} ${weight} ${port} ${target}`
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
