import type { DnsConfig } from '../../config/dns.ts'
import { encodeRdata } from '../message/codec.ts'
import { rrType } from '../message/codes.ts'
import { isWithin, parentOf, wireName } from '../message/name.ts'
import { type RecordSets, type RecordType, type Values, valuesOf } from '../records/sets.ts'
import { nsSet, type SoaOptions, soaSet } from './soa.ts'
import type { RRset, Zone, ZoneNode } from './zone.ts'

export type ZoneOptions = SoaOptions & Pick<DnsConfig, 'srvRecordDefaultWeight'>

/** Makes the zone that is answered from; all that can be done before a query comes is done here. */
export function buildZone(records: RecordSets, serial: number, options: ZoneOptions): Zone {
  const apex = options.domain
  const nodes = new Map<string, ZoneNode>()
  let unencodable = 0

  const node = (key: string): ZoneNode => {
    const there = nodes.get(key)
    if (there) return there
    const made: ZoneNode = { key, sets: [] }
    nodes.set(key, made)
    const parent = parentOf(key)
    if (key !== apex && parent !== undefined) node(parent)
    return made
  }

  const soa = soaSet(options, serial)
  node(apex).sets.push(soa, nsSet(options))
  for (const type of ['SRV', 'A', 'AAAA'] as const) {
    for (const [name, values] of records[type]) {
      const key = name.slice(0, -1)
      if (!isWithin(key, apex)) continue
      const wire = wireName(key)
      if (wire === 'too-long') unencodable++
      if (typeof wire === 'string') continue
      const { set, left } = encodeSet(type, values, options)
      unencodable += left
      // A name whose every value is left out still exists.
      const owner = node(key)
      if (set) owner.sets.push(set)
    }
  }
  return {
    apex,
    serial,
    negativeTtl: Math.min(options.ttl, options.soaMinttl),
    soa,
    find: (key) => nodes.get(key),
    unencodable,
  }
}

/** `left`: how many values no message can hold; they are left out and the rest is answered. */
function encodeSet(
  type: RecordType,
  values: Values,
  options: ZoneOptions,
): { set: RRset | undefined; left: number } {
  if (type !== 'SRV') {
    const rdata = Array.from(valuesOf(values), (value) => encodeRdata(type, value))
    return { set: { type: rrType[type], ttl: options.ttl, rdata }, left: 0 }
  }
  const rdata: Buffer[] = []
  const keys: string[] = []
  let left = 0
  for (const value of valuesOf(values)) {
    const colon = value.lastIndexOf(':')
    const target = value.slice(0, colon)
    if (wireName(target.slice(0, -1)) === 'too-long') {
      left++
      continue
    }
    const port = Number(value.slice(colon + 1)) & 0xffff
    rdata.push(encodeRdata('SRV', { priority: 0, weight: options.srvRecordDefaultWeight, port, target }))
    keys.push(target.slice(0, -1))
  }
  if (rdata.length === 0) return { set: undefined, left }
  return { set: { type: rrType.SRV, ttl: options.ttl, rdata, targets: { keys, offset: 8 } }, left }
}
