import { flag, headerBytes } from '../message/codes.ts'
import type { Query } from '../message/query.ts'
import { type Limits, optBytes, writeOpt } from '../message/write.ts'
import type { UpstreamReply } from './reply.ts'

/** A reply that is handed on, and how old it is by now, in seconds. */
export type Forwarded = { reply: UpstreamReply; age: number }

/**
 * Writes an upstream's reply for the client that asks now: its id, its spelling, TTLs lowered by the age. One that does
 * not fit goes out empty with TC, and the client asks again over TCP.
 */
export function writeForwarded(out: Buffer, query: Query, { reply, age }: Forwarded, limits: Limits): number {
  const { bytes, questionEnd } = reply
  const opt = query.edns ? optBytes(undefined) : 0
  const fits = bytes.length + opt <= limits.size
  const end = fits ? bytes.length : questionEnd
  bytes.copy(out, 0, 0, end)
  query.bytes.copy(out, headerBytes, headerBytes, questionEnd)
  if (fits) {
    for (const at of reply.ttlOffsets) out.writeUInt32BE(Math.max(0, bytes.readUInt32BE(at) - age), at)
  } else {
    out.fill(0, 6, headerBytes)
  }
  const vouched = reply.authentic && (query.edns?.dnssecOk || (query.flags & flag.ad) !== 0)
  out.writeUInt16BE(query.id, 0)
  out.writeUInt16BE(
    flag.qr |
      ((!fits || reply.truncated) && limits.truncateBit ? flag.tc : 0) |
      (query.flags & (flag.rd | flag.cd)) |
      flag.ra |
      (vouched ? flag.ad : 0) |
      reply.rcode,
    2,
  )
  if (!query.edns) return end
  out.writeUInt16BE(out.readUInt16BE(10) + 1, 10)
  return writeOpt(out, end, reply.rcode, query.edns.dnssecOk, undefined)
}
