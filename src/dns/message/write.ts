import type { RRset, ZoneNode } from '../zone/zone.ts'
import { classIn, ednsUdpBytes, flag, headerBytes, rrType } from './codes.ts'
import type { Query } from './query.ts'

/** Who owns the records of a section: the question's name, the zone's apex, or a name in wire form. */
export type Owner = 'question' | 'apex' | Buffer
export type Owned = { owner: Owner; set: RRset /** Overrides the set's TTL, in seconds. */; ttl?: number }

export type ExtendedError = { code: number; text: string }

/** What to say, before it is fitted into a message. */
export type Answer = {
  rcode: number
  authoritative?: boolean
  recursionAvailable?: boolean
  answer?: Owned[]
  authority?: Owned[]
  /** Finds the addresses of targets for the additional section. */
  find?: (key: string) => ZoneNode | undefined
  /** Length of the apex in wire form, when the question's name ends in it. */
  apexBytes?: number
  extendedError?: ExtendedError
  /** It depends on the request's bytes and these names of the zone alone. */
  names?: () => string[]
}

export type Limits = {
  /** Longest message, in bytes. */
  size: number
  /** false: the TC bit is never set. */
  truncateBit: boolean
}

/** Encoded once per process: every message is written here and sent before the next one is. */
type Writer = { out: Buffer; at: number; limit: number }

/**
 * Writes the reply to `query` into `out` and returns its length. Answers that do not fit are left out and TC is set;
 * address records of targets are added set by set while they fit, without TC (RFC 2181 section 9). Sets begin at a
 * random record, so that each comes first about equally often.
 */
export function writeReply(
  out: Buffer,
  query: Query,
  answer: Answer,
  limits: Limits,
  random: () => number,
): number {
  const { extendedError: ede, apexBytes = 0 } = answer
  const opt = query.edns ? optBytes(ede) : 0
  const writer: Writer = { out, at: query.questionEnd, limit: limits.size - opt }
  query.bytes.copy(out, headerBytes, headerBytes, query.questionEnd)
  const apexAt = query.nameEnd - apexBytes

  const targets: { key: string; at: number }[] = []
  const answers = writeSets(writer, answer.answer, apexAt, random, targets)
  const authority = answers.whole ? writeSets(writer, answer.authority, apexAt, random, targets) : nothing
  const truncated = !answers.whole || !authority.whole
  const additional = truncated ? 0 : writeTargets(writer, targets, answer.find)
  const end = query.edns ? writeOpt(out, writer.at, answer.rcode, query.edns.dnssecOk, ede) : writer.at

  out.writeUInt16BE(query.id, 0)
  out.writeUInt16BE(
    flag.qr |
      (query.opcode << 11) |
      (answer.authoritative ? flag.aa : 0) |
      (truncated && limits.truncateBit ? flag.tc : 0) |
      (query.flags & (flag.rd | flag.cd)) |
      (answer.recursionAvailable ? flag.ra : 0) |
      (answer.rcode & 15),
    2,
  )
  out.writeUInt16BE(1, 4)
  out.writeUInt16BE(answers.count, 6)
  out.writeUInt16BE(authority.count, 8)
  out.writeUInt16BE(additional + (query.edns ? 1 : 0), 10)
  return end
}

/** The reply to a request that could not be read: a header alone. */
export function writeHeader(out: Buffer, id: number, opcode: number, rcode: number): number {
  out.fill(0, 0, headerBytes)
  out.writeUInt16BE(id, 0)
  out.writeUInt16BE(flag.qr | (opcode << 11) | rcode, 2)
  return headerBytes
}

const nothing = { count: 0, whole: true }

function writeSets(
  writer: Writer,
  section: Owned[] | undefined,
  apexAt: number,
  random: () => number,
  targets: { key: string; at: number }[],
): { count: number; whole: boolean } {
  let count = 0
  for (const { owner, set, ttl = set.ttl } of section ?? []) {
    const { rdata } = set
    const first = rdata.length > 1 ? Math.floor(random() * rdata.length) : 0
    for (let i = 0; i < rdata.length; i++) {
      const which = (first + i) % rdata.length
      const dataAt = writeRecord(writer, owner, apexAt, set.type, ttl, rdata[which])
      if (dataAt === undefined) return { count, whole: false }
      count++
      const key = set.targets?.keys[which]
      if (set.targets && key !== undefined) targets.push({ key, at: dataAt + set.targets.offset })
    }
  }
  return { count, whole: true }
}

/** Both address sets of each distinct target, owned by a pointer to where the target stands already. */
function writeTargets(writer: Writer, targets: { key: string; at: number }[], find: Answer['find']): number {
  if (!find || targets.length === 0) return 0
  const seen = new Set<string>()
  let count = 0
  for (const { key, at } of targets) {
    if (seen.has(key) || at > 0x3fff) continue
    seen.add(key)
    for (const set of find(key)?.sets ?? []) {
      if (set.type !== rrType.A && set.type !== rrType.AAAA) continue
      const start = writer.at
      let written = 0
      for (const rdata of set.rdata)
        if (writePointed(writer, at, set.type, set.ttl, rdata) !== undefined) written++
      if (written === set.rdata.length) count += written
      else writer.at = start
    }
  }
  return count
}

/** Writes one record when it fits, and tells where its rdata (with length) stands. */
function writeRecord(
  writer: Writer,
  owner: Owner,
  apexAt: number,
  type: number,
  ttl: number,
  rdata: Buffer | undefined,
): number | undefined {
  if (owner === 'question') return writePointed(writer, headerBytes, type, ttl, rdata)
  if (owner === 'apex') return writePointed(writer, apexAt, type, ttl, rdata)
  const { out, at } = writer
  if (!rdata || at + owner.length + 8 + rdata.length > writer.limit) return undefined
  owner.copy(out, at)
  return finishRecord(writer, at + owner.length, type, ttl, rdata)
}

function writePointed(
  writer: Writer,
  pointer: number,
  type: number,
  ttl: number,
  rdata: Buffer | undefined,
): number | undefined {
  const { out, at } = writer
  if (!rdata || at + 10 + rdata.length > writer.limit) return undefined
  out.writeUInt16BE(0xc000 | pointer, at)
  return finishRecord(writer, at + 2, type, ttl, rdata)
}

function finishRecord(writer: Writer, at: number, type: number, ttl: number, rdata: Buffer): number {
  const { out } = writer
  out.writeUInt16BE(type, at)
  out.writeUInt16BE(classIn, at + 2)
  out.writeUInt32BE(ttl, at + 4)
  rdata.copy(out, at + 8)
  writer.at = at + 8 + rdata.length
  return at + 8
}

/** The length of an OPT record with this extended error. */
export function optBytes(ede: ExtendedError | undefined): number {
  return 11 + (ede ? 6 + Buffer.byteLength(ede.text) : 0)
}

/** Writes OPT (RFC 6891), with an extended error (RFC 8914) when there is one to tell; returns the offset behind it. */
export function writeOpt(
  out: Buffer,
  at: number,
  rcode: number,
  dnssecOk: boolean,
  ede: ExtendedError | undefined,
): number {
  out[at] = 0
  out.writeUInt16BE(rrType.OPT, at + 1)
  out.writeUInt16BE(ednsUdpBytes, at + 3)
  out[at + 5] = rcode >> 4
  out[at + 6] = 0
  out.writeUInt16BE(dnssecOk ? 0x8000 : 0, at + 7)
  out.writeUInt16BE(optBytes(ede) - 11, at + 9)
  if (ede) {
    out.writeUInt16BE(15, at + 11)
    out.writeUInt16BE(optBytes(ede) - 15, at + 13)
    out.writeUInt16BE(ede.code, at + 15)
    out.write(ede.text, at + 17)
  }
  return at + optBytes(ede)
}
