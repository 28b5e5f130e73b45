import { classIn } from '../message/codes.ts'
import { addressOf, findNode, nameOf, recordsOf, weightsOf } from '../table/read.ts'
import { kinds, nodeFlag, noNode, type Table, type Weights } from '../table/table.ts'
import { encodeRecord, type RdataOptions } from '../zone/rdata.ts'
import type { RRset } from '../zone/zone.ts'

/** One record whole and uncompressed, as it stands in a transfer. */
export type WireRecord = Buffer

export function wireRecords(owner: Buffer, { type, ttl, rdata }: RRset): WireRecord[] {
  return rdata.map((data) => wireRecord(owner, type, ttl, data))
}

function wireRecord(owner: Buffer, type: number, ttl: number, rdata: Buffer): WireRecord {
  const record = Buffer.allocUnsafe(owner.length + 8 + rdata.length)
  owner.copy(record)
  record.writeUInt16BE(type, owner.length)
  record.writeUInt16BE(classIn, owner.length + 2)
  record.writeUInt32BE(ttl, owner.length + 4)
  rdata.copy(record, owner.length + 8)
  return record
}

/** The name of a node as it goes over the wire. */
function ownerOf({ names, nameAt }: Table, node: number): Buffer {
  const start = nameAt[node] ?? 0
  return Buffer.from(names.buffer, names.byteOffset + start, (nameAt[node + 1] ?? 0) - start)
}

/** All records of one node that a message can hold. */
function nodeRecords(table: Table, node: number, options: RdataOptions): WireRecord[] {
  if ((table.flags[node] ?? 0) & nodeFlag.listed) return []
  const owner = ownerOf(table, node)
  return kinds.flatMap((what) => {
    const set = encodeRecord(table, node, what, options)
    return set ? wireRecords(owner, set) : []
  })
}

export type Changes = { removed: WireRecord[]; added: WireRecord[] }

/** What became of one table in another. Only names whose records differ are looked at closely. */
export function changesBetween(before: Table, after: Table, options: RdataOptions): Changes {
  const changes: Changes = { removed: [], added: [] }
  for (let node = 0; node < after.flags.length; node++) {
    const old = sameNode(before, after, node)
    if (old !== undefined && sameRecords(before, old, after, node)) continue
    const was = new Map(
      old === undefined
        ? []
        : nodeRecords(before, old, options).map((record) => [record.toString('latin1'), record]),
    )
    for (const record of nodeRecords(after, node, options)) {
      if (!was.delete(record.toString('latin1'))) changes.added.push(record)
    }
    changes.removed.push(...was.values())
  }
  for (let node = 0; node < before.flags.length; node++) {
    if (sameNode(after, before, node) === undefined)
      changes.removed.push(...nodeRecords(before, node, options))
  }
  return changes
}

/** The node in the first table of the name that a node of the second has. */
function sameNode(wanted: Table, { names, nameAt }: Table, node: number): number | undefined {
  const found = findNode(wanted, names, nameAt[node] ?? 0, nameAt[node + 1] ?? 0)
  return found === noNode ? undefined : found
}

/** Equal values in equal order: what most names have from one load to the next. */
function sameRecords(before: Table, old: number, after: Table, node: number): boolean {
  return kinds.every((what) => {
    const was = recordsOf(before, old, what)
    const is = recordsOf(after, node, what)
    if (was.length !== is.length) return false
    return is.every((record, i) => {
      const other = was[i] ?? 0
      if (what !== 'SRV') return addressOf(before, other, what) === addressOf(after, record, what)
      if (before.second[other] !== after.second[record]) return false
      if (!sameWeights(weightsOf(before, other), weightsOf(after, record))) return false
      return nameOf(before, before.first[other] ?? 0) === nameOf(after, after.first[record] ?? 0)
    })
  })
}

function sameWeights(one: Weights | undefined, other: Weights | undefined): boolean {
  return one?.priority === other?.priority && one?.weight === other?.weight
}

/** All records of the zone but SOA and NS, made as they are needed. */
export function* allRecords(table: Table, options: RdataOptions): Generator<WireRecord> {
  for (let node = 0; node < table.flags.length; node++) yield* nodeRecords(table, node, options)
}
