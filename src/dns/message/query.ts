import { headerBytes, rrType } from './codes.ts'
import { readKey, skipName } from './name.ts'

export type Edns = { size: number; version: number; dnssecOk: boolean }

/** A request as received; `bytes` stays as it came, for the question is sent back as it was spelled. */
export type Query = {
  bytes: Buffer
  id: number
  /** The header's second word. */
  flags: number
  opcode: number
  key: string
  type: number
  class: number
  /** Offsets behind the question's name and behind the question. */
  nameEnd: number
  questionEnd: number
  edns?: Edns
}

/** `drop`: to be left without a reply, since it is one itself or too short to answer. */
export type Parsed =
  | { kind: 'query'; query: Query }
  | { kind: 'malformed'; id: number; opcode: number }
  | { kind: 'drop' }

/** Takes a request apart. Exactly one question is wanted (RFC 9619). */
export function parseQuery(bytes: Buffer): Parsed {
  if (bytes.length < headerBytes) return { kind: 'drop' }
  const id = bytes.readUInt16BE(0)
  const flags = bytes.readUInt16BE(2)
  if (flags & 0x8000) return { kind: 'drop' }
  const opcode = (flags >> 11) & 15
  const malformed: Parsed = { kind: 'malformed', id, opcode }
  if (flags & 0x0200 || bytes.readUInt16BE(4) !== 1) return malformed
  const name = readKey(bytes, headerBytes)
  if (!name || name.end + 4 > bytes.length) return malformed
  const query: Query = {
    bytes,
    id,
    flags,
    opcode,
    key: name.key,
    type: bytes.readUInt16BE(name.end),
    class: bytes.readUInt16BE(name.end + 2),
    nameEnd: name.end,
    questionEnd: name.end + 4,
  }
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10)
  if (records === 0) return { kind: 'query', query }
  const edns = findEdns(bytes, query.questionEnd, records)
  if (edns === 'malformed') return malformed
  return { kind: 'query', query: edns ? { ...query, edns } : query }
}

/** At most one OPT, owned by the root (RFC 6891). */
function findEdns(bytes: Buffer, start: number, records: number): Edns | undefined | 'malformed' {
  let found: Edns | undefined
  let at = start
  for (let i = 0; i < records; i++) {
    const fixed = skipName(bytes, at)
    if (fixed === undefined || fixed + 10 > bytes.length) return 'malformed'
    const end = fixed + 10 + bytes.readUInt16BE(fixed + 8)
    if (end > bytes.length) return 'malformed'
    if (bytes.readUInt16BE(fixed) === rrType.OPT) {
      if (found || bytes[at] !== 0) return 'malformed'
      found = {
        size: bytes.readUInt16BE(fixed + 2),
        version: bytes[fixed + 5] ?? 0,
        dnssecOk: ((bytes[fixed + 6] ?? 0) & 0x80) !== 0,
      }
    }
    at = end
  }
  return found
}
