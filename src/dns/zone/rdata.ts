import type { DnsConfig } from '../../config/dns.ts'
import { encodeRdata } from '../message/codec.ts'
import { rrType } from '../message/codes.ts'
import { nameOf, recordsOf, weightsOf } from '../table/read.ts'
import { type Kind, nodeFlag, type Table } from '../table/table.ts'
import type { RRset } from './zone.ts'

export type RdataOptions = Pick<DnsConfig, 'ttl' | 'srvRecordDefaultWeight'>

/** The records of one kind that a node owns, encoded; undefined when there are none that a message can hold. */
export function encodeRecord(
  table: Table,
  node: number,
  what: Kind,
  options: RdataOptions,
): RRset | undefined {
  const records = recordsOf(table, node, what)
  if (records.length === 0) return undefined
  if (what === 'SRV') return encodeServices(table, records, options)
  const rdata = Array.from(records, (record) => addressRdata(table, record, what))
  return { type: rrType[what], ttl: options.ttl, rdata }
}

/** Targets that no message can hold are left out; the rest is answered. */
function encodeServices(
  table: Table,
  records: Uint32Array,
  { ttl, srvRecordDefaultWeight: weight }: RdataOptions,
): RRset | undefined {
  const fitting = Array.from(records).filter(
    (record) => !((table.flags[table.first[record] ?? 0] ?? 0) & nodeFlag.tooLong),
  )
  if (fitting.length === 0) return undefined
  const targets = fitting.map((record) => nameOf(table, table.first[record] ?? 0))
  const rdata = fitting.map((record, i) =>
    encodeRdata('SRV', {
      ...(weightsOf(table, record) ?? { priority: 0, weight }),
      // The original wraps numbers beyond the last port.
      port: (table.second[record] ?? 0) & 0xffff,
      target: targets[i] ?? '',
    }),
  )
  return {
    type: rrType.SRV,
    ttl,
    rdata,
    targets: { keys: targets.map((name) => name.slice(0, -1)), offset: 8 },
  }
}

function addressRdata({ first, v6 }: Table, record: number, what: 'A' | 'AAAA'): Buffer {
  const number = first[record] ?? 0
  if (what === 'AAAA') return Buffer.from([0, 16, ...v6.subarray(number * 16, number * 16 + 16)])
  const rdata = Buffer.from([0, 4, 0, 0, 0, 0])
  rdata.writeUInt32BE(number, 2)
  return rdata
}
