import type { DnsConfig } from '../../config/dns.ts'
import { encodeRdata } from '../message/codec.ts'
import { rrType } from '../message/codes.ts'
import { writeName } from '../table/names.ts'
import { findNode, nameOf, ownerOfAddress, recordsOf } from '../table/read.ts'
import { type Kind, kinds, nodeFlag, noNode, type Table } from '../table/table.ts'
import { nsSet, type SoaOptions, soaSet } from './soa.ts'
import type { RRset, Zone, ZoneNode } from './zone.ts'

export type ZoneOptions = SoaOptions & Pick<DnsConfig, 'srvRecordDefaultWeight'>

/** Names whose records are kept encoded; beyond that all begin anew. */
const mostKept = 20_000

/** The zone of a table: records are encoded when their name is first asked for, and kept. */
export function openZone(table: Table, serial: number, options: ZoneOptions): Zone {
  const { ttl, domain } = options
  const kept = new Map<string, ZoneNode>()
  const soa = soaSet(options, serial)
  const wire = Buffer.alloc(1024)

  function find(key: string): ZoneNode | undefined {
    const known = kept.get(key)
    if (known) return known
    if (key.length > 255) return undefined
    const { form, end } = writeName(wire, 0, key)
    const number = form === 'wire' ? findNode(table, wire, 0, end) : noNode
    if (number === noNode || !((table.flags[number] ?? 0) & nodeFlag.exists)) return undefined
    const sets = kinds.map((what) => encodeSet(number, what)).filter((set) => set !== undefined)
    const node = { key, sets: key === domain ? [soa, nsSet(options), ...sets] : sets }
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, node)
    return node
  }

  function encodeSet(node: number, what: Kind): RRset | undefined {
    const records = recordsOf(table, node, what)
    if (records.length === 0) return undefined
    if (what === 'SRV') return encodeServices(records)
    const rdata = Array.from(records, (record) => addressRdata(table, record, what))
    return { type: rrType[what], ttl, rdata }
  }

  /** Targets that no message can hold are left out; the rest is answered. */
  function encodeServices(records: Uint32Array): RRset | undefined {
    const fitting = Array.from(records).filter(
      (record) => !((table.flags[table.first[record] ?? 0] ?? 0) & nodeFlag.tooLong),
    )
    if (fitting.length === 0) return undefined
    const targets = fitting.map((record) => nameOf(table, table.first[record] ?? 0))
    const rdata = fitting.map((record, i) =>
      encodeRdata('SRV', {
        priority: 0,
        weight: options.srvRecordDefaultWeight,
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

  function reverse(address: Uint8Array): RRset | undefined {
    const name = ownerOfAddress(table, address)
    return name === undefined ? undefined : { type: rrType.PTR, ttl, rdata: [encodeRdata('PTR', name)] }
  }

  return { apex: domain, serial, negativeTtl: Math.min(ttl, options.soaMinttl), soa, find, reverse }
}

function addressRdata({ first, v6 }: Table, record: number, what: 'A' | 'AAAA'): Buffer {
  const number = first[record] ?? 0
  if (what === 'AAAA') return Buffer.from([0, 16, ...v6.subarray(number * 16, number * 16 + 16)])
  const rdata = Buffer.from([0, 4, 0, 0, 0, 0])
  rdata.writeUInt32BE(number, 2)
  return rdata
}
