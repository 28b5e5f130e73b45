import { flag, headerBytes, rcode, rrType } from '../message/codes.ts'
import { readKey, skipName } from '../message/name.ts'

/** An upstream's reply, checked, ready to be handed on any number of times. */
export type UpstreamReply = {
  /** As received, without OPT and whatever stood behind it. */
  bytes: Buffer
  questionEnd: number
  rcode: number
  truncated: boolean
  /** The upstream vouches for it (AD). */
  authentic: boolean
  /** Where each record's TTL stands. */
  ttlOffsets: number[]
  /** How long it may be remembered, in seconds. */
  lifetime: number
}

/** What was asked: a reply that answers anything else is none. */
export type Asked = { id: number; key: string; type: number; class: number }

const longestSeconds = 86_400
/** A failure is remembered shortly, so that it is not asked for again at once (RFC 9520). */
const failureSeconds = 2

/** Takes a reply apart; undefined when it is malformed or answers another question. */
export function parseReply(bytes: Buffer, asked: Asked): UpstreamReply | undefined {
  if (bytes.length < headerBytes || bytes.readUInt16BE(0) !== asked.id) return undefined
  const flags = bytes.readUInt16BE(2)
  if (!(flags & flag.qr) || (flags >> 11) & 15 || bytes.readUInt16BE(4) !== 1) return undefined
  const name = readKey(bytes, headerBytes)
  if (!name || name.key !== asked.key || name.end + 4 > bytes.length) return undefined
  if (bytes.readUInt16BE(name.end) !== asked.type || bytes.readUInt16BE(name.end + 2) !== asked.class)
    return undefined
  const walked = walk(bytes, name.end + 4)
  if (!walked) return undefined
  return {
    bytes: walked.bytes,
    questionEnd: name.end + 4,
    rcode: flags & 15,
    truncated: (flags & flag.tc) !== 0,
    authentic: (flags & flag.ad) !== 0,
    ttlOffsets: walked.ttlOffsets,
    // What is cut short could not be had whole now; soon it may be.
    lifetime: Math.min(lifetime(flags & 15, walked), flags & flag.tc ? failureSeconds : longestSeconds),
  }
}

type Walked = { bytes: Buffer; ttlOffsets: number[]; lowestTtl: number; answers: number; negativeTtl: number }

function walk(bytes: Buffer, start: number): Walked | undefined {
  const answers = bytes.readUInt16BE(6)
  const authority = bytes.readUInt16BE(8)
  const records = answers + authority + bytes.readUInt16BE(10)
  const found: Walked = { bytes, ttlOffsets: [], lowestTtl: longestSeconds, answers, negativeTtl: 0 }
  let at = start
  for (let i = 0; i < records; i++) {
    const fixed = skipName(bytes, at)
    if (fixed === undefined || fixed + 10 > bytes.length) return undefined
    const end = fixed + 10 + bytes.readUInt16BE(fixed + 8)
    if (end > bytes.length) return undefined
    const type = bytes.readUInt16BE(fixed)
    if (type === rrType.OPT) {
      if (i < answers + authority) return undefined
      return { ...found, bytes: withoutRest(bytes, at, i - answers - authority) }
    }
    const ttl = ttlOf(bytes.readUInt32BE(fixed + 4))
    found.ttlOffsets.push(fixed + 4)
    found.lowestTtl = Math.min(found.lowestTtl, ttl)
    if (type === rrType.SOA && i >= answers && end - fixed >= 14)
      found.negativeTtl = Math.min(ttl, ttlOf(bytes.readUInt32BE(end - 4)))
    at = end
  }
  return { ...found, bytes: bytes.subarray(0, at) }
}

/** One with the highest bit set is 0 (RFC 2181 section 8). */
function ttlOf(number: number): number {
  return number < 2 ** 31 ? number : 0
}

/** Additional data is optional: nothing is lost that a client may count on. */
function withoutRest(bytes: Buffer, end: number, additional: number): Buffer {
  const cut = Buffer.from(bytes.subarray(0, end))
  cut.writeUInt16BE(additional, 10)
  return cut
}

function lifetime(code: number, { lowestTtl, answers, negativeTtl }: Walked): number {
  if (code !== rcode.noError && code !== rcode.nxDomain) return failureSeconds
  return Math.min(
    longestSeconds,
    answers > 0 && code === rcode.noError ? lowestTtl : Math.min(negativeTtl, lowestTtl),
  )
}
