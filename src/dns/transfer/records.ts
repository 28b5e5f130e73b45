import { classIn } from '../message/codes.ts'
import {
  addressOf,
  type Found,
  findIn,
  hiddenNodes,
  isDecided,
  nameOf,
  recordsOf,
  textOf,
  weightsOf,
} from '../table/read.ts'
import {
  type Contents,
  type Kind,
  kinds,
  nodeFlag,
  type Patch,
  type Table,
  type Weights,
} from '../table/table.ts'
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

/** What became of some contents in others. Only names whose records differ are looked at closely. */
export function changesBetween(before: Contents, after: Contents, options: RdataOptions): Changes {
  const changes: Changes = { removed: [], added: [] }
  for (const { was, is } of differences(before, after)) {
    const old = new Map(recordsAt(was, options).map((record) => [record.toString('latin1'), record]))
    for (const record of recordsAt(is, options)) {
      if (!old.delete(record.toString('latin1'))) changes.added.push(record)
    }
    changes.removed.push(...old.values())
  }
  return changes
}

function recordsAt(found: Found | undefined, options: RdataOptions): WireRecord[] {
  return found ? nodeRecords(found.table, found.node, options) : []
}

/** The names whose records differ, or that exist in one alone, without a dot at their end. */
export function changedNames(before: Contents, after: Contents): string[] {
  return Array.from(differences(before, after), ({ was, is }) => {
    const { table, node } = is ?? was ?? { table: after.table, node: 0 }
    return nameOf(table, node).slice(0, -1)
  })
}

/** Where names stand whose records differ, before and after. */
function* differences(
  before: Contents,
  after: Contents,
): Generator<{ was: Found | undefined; is: Found | undefined }> {
  const { table, patch } = after
  // What was patched once stays so as long as the table is the same.
  const same = table === before.table
  for (const is of same ? decidedNodes(patch) : eachNode(after)) {
    const was = inOther(before, is)
    if (was ? exists(was) !== exists(is) || !sameRecords(was, is) : exists(is)) yield { was, is }
  }
  if (same) return
  for (const was of eachNode(before)) if (exists(was) && !inOther(after, was)) yield { was, is: undefined }
}

/** Whether it has records, or others stand below it. */
function exists({ table, node }: Found): boolean {
  return ((table.flags[node] ?? 0) & nodeFlag.exists) !== 0
}

/** All names, each in the table that tells of it. */
function* eachNode(contents: Contents): Generator<Found> {
  const hidden = hiddenNodes(contents)
  const { table, patch } = contents
  for (let node = 0; node < table.flags.length; node++) if (!hidden.has(node)) yield { table, node }
  yield* decidedNodes(patch)
}

function* decidedNodes(patch: Patch | undefined): Generator<Found> {
  for (let node = 0; patch && node < patch.table.flags.length; node++)
    if (isDecided(patch.table, node)) yield { table: patch.table, node }
}

/** Where the same name stands among other contents. */
function inOther(wanted: Contents, { table: { names, nameAt }, node }: Found): Found | undefined {
  return findIn(wanted, names, nameAt[node] ?? 0, nameAt[node + 1] ?? 0)
}

/** Equal values; mostly in equal order, for that is what most names have from one load to the next. */
function sameRecords(was: Found, is: Found): boolean {
  return kinds.every((what) => {
    const old = recordsOf(was.table, was.node, what)
    const now = recordsOf(is.table, is.node, what)
    if (old.length !== now.length) return false
    if (now.every((record, i) => sameRecord(was.table, old[i] ?? 0, is.table, record, what))) return true
    const values = new Set(Array.from(old, (record) => shownOf(was.table, record, what)))
    return now.every((record) => values.has(shownOf(is.table, record, what)))
  })
}

function sameRecord(before: Table, old: number, after: Table, record: number, what: Kind): boolean {
  if (what !== 'SRV') return addressOf(before, old, what) === addressOf(after, record, what)
  if (before.second[old] !== after.second[record]) return false
  if (!sameWeights(weightsOf(before, old), weightsOf(after, record))) return false
  return nameOf(before, before.first[old] ?? 0) === nameOf(after, after.first[record] ?? 0)
}

function shownOf(table: Table, record: number, what: Kind): string {
  const { priority, weight } = weightsOf(table, record) ?? {}
  return `${priority} ${weight} ${textOf(table, record, what)}`
}

function sameWeights(one: Weights | undefined, other: Weights | undefined): boolean {
  return one?.priority === other?.priority && one?.weight === other?.weight
}

/** All records of the zone but SOA and NS, made as they are needed. */
export function* allRecords(contents: Contents, options: RdataOptions): Generator<WireRecord> {
  for (const { table, node } of eachNode(contents)) yield* nodeRecords(table, node, options)
}
