import { rcode, rrType } from '../message/codes.ts'
import { skipName } from '../message/name.ts'
import type { Query } from '../message/query.ts'
import type { Answer } from '../message/write.ts'
import { writeName } from '../table/names.ts'
import type { Contents } from '../table/table.ts'
import type { RdataOptions } from '../zone/rdata.ts'
import { nsSet, type SoaOptions, soaSet } from '../zone/soa.ts'
import type { Journal } from './journal.ts'
import { transferMessages } from './messages.ts'
import { allRecords, type WireRecord, wireRecords } from './records.ts'

/** A reply of many messages, made as the client takes them. */
export type Transfer = { messages: Iterable<Buffer> }

export type TransferSource = {
  contents: Contents
  serial: number
  journal: Pick<Journal, 'since'>
  options: SoaOptions & RdataOptions
}

/** The zone for another name server: whole (AXFR, RFC 5936), or what changed since its serial (IXFR, RFC 1995). */
export function answerTransfer(query: Query, tcp: boolean, source: TransferSource): Transfer | Answer {
  const { serial, journal, options } = source
  const soa: Answer = {
    rcode: rcode.noError,
    authoritative: true,
    answer: [{ owner: 'question', set: soaSet(options, serial) }],
  }
  if (query.type === rrType.AXFR) {
    return tcp ? { messages: transferMessages(query, wholeZone(source)) } : { rcode: rcode.notImp }
  }
  const known = clientSerial(query)
  if (known === undefined) return { rcode: rcode.formErr }
  // Over UDP the serial alone is told, and the client comes back over TCP (RFC 1995 section 2).
  if (known === serial || !tcp) return soa
  const increments = journal.since(known)
  if (!increments) return { messages: transferMessages(query, wholeZone(source)) }
  const owner = apexOwner(options.domain)
  const soaOf = (of: number) => wireRecords(owner, soaSet(options, of))
  const records = [
    ...soaOf(serial),
    ...increments.flatMap(({ from, to, removed, added }) => [
      ...soaOf(from),
      ...removed,
      ...soaOf(to),
      ...added,
    ]),
    ...soaOf(serial),
  ]
  return { messages: transferMessages(query, records) }
}

function* wholeZone({ contents, serial, options }: TransferSource): Generator<WireRecord> {
  const owner = apexOwner(options.domain)
  const soa = wireRecords(owner, soaSet(options, serial))
  yield* soa
  yield* wireRecords(owner, nsSet(options))
  yield* allRecords(contents, options)
  yield* soa
}

function apexOwner(domain: string): Buffer {
  const wire = Buffer.alloc(domain.length + 2)
  writeName(wire, 0, domain)
  return wire
}

/** The serial in the SOA that an IXFR question carries in its authority section. */
function clientSerial({ bytes, questionEnd }: Query): number | undefined {
  if (bytes.readUInt16BE(8) < 1) return undefined
  const fixed = skipName(bytes, questionEnd)
  if (fixed === undefined || fixed + 10 > bytes.length || bytes.readUInt16BE(fixed) !== rrType.SOA)
    return undefined
  const rname = skipName(bytes, fixed + 10)
  const numbers = rname === undefined ? undefined : skipName(bytes, rname)
  return numbers === undefined || numbers + 4 > bytes.length ? undefined : bytes.readUInt32BE(numbers)
}
