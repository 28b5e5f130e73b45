import { encodeRdata } from '../message/codec.ts'
import { rrType } from '../message/codes.ts'
import { writeName } from '../table/names.ts'
import { findIn, ownerOfAddress } from '../table/read.ts'
import { type Contents, kinds, nodeFlag } from '../table/table.ts'
import { encodeRecord, type RdataOptions } from './rdata.ts'
import { nsSet, type SoaOptions, soaSet } from './soa.ts'
import type { RRset, Zone, ZoneNode } from './zone.ts'

export type ZoneOptions = SoaOptions & RdataOptions

/** Names whose records are kept encoded; beyond that all begin anew. */
const mostKept = 20_000

/** What outlives a zone that is amended. */
type Memory = {
  /** The version of the zone that was there first. */
  first: number
  kept: Map<string, ZoneNode>
  /** Name → the version of the zone in which it changed last. */
  changed: Map<string, number>
}

let versions = 0

/** The zone of these contents: records are encoded when their name is first asked for, and kept. */
export function openZone(contents: Contents, serial: number, options: ZoneOptions, before?: Memory): Zone {
  const { ttl, domain } = options
  const version = ++versions
  const memory = before ?? { first: version, kept: new Map(), changed: new Map() }
  const { first, kept, changed } = memory
  const soa = soaSet(options, serial)
  const wire = Buffer.alloc(1024)

  function find(key: string): ZoneNode | undefined {
    const known = kept.get(key)
    if (known) return known
    if (key.length > 255) return undefined
    const { form, end } = writeName(wire, 0, key)
    const found = form === 'wire' ? findIn(contents, wire, 0, end) : undefined
    if (!found || !((found.table.flags[found.node] ?? 0) & nodeFlag.exists)) return undefined
    const sets = kinds
      .map((what) => encodeRecord(found.table, found.node, what, options))
      .filter((set) => set !== undefined)
    const node = { key, sets: key === domain ? [soa, nsSet(options), ...sets] : sets }
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, node)
    return node
  }

  function reverse(address: Uint8Array): RRset | undefined {
    const name = ownerOfAddress(contents, address)
    return name === undefined ? undefined : { type: rrType.PTR, ttl, rdata: [encodeRdata('PTR', name)] }
  }

  return {
    apex: domain,
    serial,
    negativeTtl: Math.min(ttl, options.soaMinttl),
    soa,
    find,
    reverse,
    version,
    amended(next, nextSerial, names) {
      const zone = openZone(next, nextSerial, options, memory)
      // The serial stands in the records of the apex.
      for (const name of nextSerial === serial ? names : [domain, ...names]) {
        kept.delete(name)
        changed.set(name, zone.version)
      }
      return zone
    },
    same: (keys, since) => since >= first && keys.every((key) => (changed.get(key) ?? 0) <= since),
  }
}
