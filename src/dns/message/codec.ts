import * as packet from 'dns-packet'

/** One record type of dns-packet: its rdata with the two bytes of its length in front. */
type RdataCodec = { encode(data: unknown): Buffer; decode(bytes: Buffer, offset?: number): unknown }

/** What dns-packet exports beyond its type declarations. */
const untyped: { record(type: string): RdataCodec } = Object(packet)

type Rdata = {
  A: string
  AAAA: string
  NS: string
  PTR: string
  SRV: { priority: number; weight: number; port: number; target: string }
  SOA: {
    mname: string
    rname: string
    serial: number
    refresh: number
    retry: number
    expire: number
    minimum: number
  }
}

/** Encodes the rdata of one record, length in front. */
export function encodeRdata<T extends keyof Rdata>(type: T, data: Rdata[T]): Buffer {
  return untyped.record(type).encode(data)
}
