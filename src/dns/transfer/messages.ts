import { flag, headerBytes } from '../message/codes.ts'
import type { Query } from '../message/query.ts'
import type { WireRecord } from './records.ts'

/** A message is sent when the next record would make it longer than this; it may be up to 64 KiB. */
const fullBytes = 16 * 1024

/** Packs records into the messages of a transfer (RFC 5936 section 2.2); the first one repeats the question. */
export function* transferMessages(query: Query, records: Iterable<WireRecord>): Generator<Buffer> {
  let parts: Buffer[] = []
  let length = headerBytes
  let question = query.bytes.subarray(headerBytes, query.questionEnd)
  const message = () => {
    const header = Buffer.alloc(headerBytes)
    header.writeUInt16BE(query.id, 0)
    header.writeUInt16BE(flag.qr | flag.aa | (query.flags & flag.rd), 2)
    header.writeUInt16BE(question.length > 0 ? 1 : 0, 4)
    header.writeUInt16BE(parts.length, 6)
    return Buffer.concat([header, question, ...parts])
  }
  for (const record of records) {
    if (length + record.length > fullBytes && parts.length > 0) {
      yield message()
      question = question.subarray(0, 0)
      parts = []
      length = headerBytes
    }
    parts.push(record)
    length += record.length
  }
  yield message()
}
