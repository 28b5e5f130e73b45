import type { Contents } from '../table/table.ts'

/** Records of one owner and type, encoded. */
export type RRset = {
  type: number
  ttl: number
  /** Each with its length of two bytes in front, as it stands in a message. */
  rdata: Buffer[]
  /** For types that name a host (SRV, NS): its key for each of `rdata`, and where its name begins in the rdata. */
  targets?: { keys: string[]; offset: number }
}

/** A name that exists; without sets it is an empty non-terminal. */
export type ZoneNode = { key: string; sets: RRset[] }

/** A finished zone. When one takes its place by `amended`, it must not be asked any more. */
export type Zone = {
  /** Of the domain, without a trailing dot. */
  apex: string
  serial: number
  /** TTL of negative answers: the smaller of the SOA's TTL and its minimum (RFC 2308). */
  negativeTtl: number
  soa: RRset
  find(key: string): ZoneNode | undefined
  /** The zone after these names have changed; what is known of all others is kept. */
  amended(contents: Contents, serial: number, names: string[]): Zone
  /** Grows with each zone that takes the place of one before. */
  version: number
  /** Whether none of these names has changed since that version of the zone. */
  same(keys: string[], since: number): boolean
  /** The PTR records of an address that has a name of its own. */
  reverse(address: Uint8Array): RRset | undefined
}
