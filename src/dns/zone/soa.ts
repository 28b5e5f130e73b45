import type { DnsConfig } from '../../config/dns.ts'
import { encodeRdata } from '../message/codec.ts'
import { rrType } from '../message/codes.ts'
import type { RRset } from './zone.ts'

export type SoaOptions = Pick<
  DnsConfig,
  'domain' | 'ttl' | 'soaMname' | 'soaRname' | 'soaRefresh' | 'soaRetry' | 'soaExpire' | 'soaMinttl'
>

/** The primary server's name with one trailing dot, letters as configured. */
export function primaryName({ soaMname, domain }: Pick<SoaOptions, 'soaMname' | 'domain'>): string {
  return absolute(soaMname ?? `ns1.${domain}`)
}

/** The keeper's mailbox as a name: `@` becomes a dot. */
export function mailboxName({ soaRname, domain }: Pick<SoaOptions, 'soaRname' | 'domain'>): string {
  return absolute((soaRname ?? `root.ns1.${domain}`).replaceAll('@', '.'))
}

function absolute(name: string): string {
  return `${name.replace(/\.+$/, '')}.`
}

export function soaSet(options: SoaOptions, serial: number): RRset {
  const rdata = encodeRdata('SOA', {
    mname: primaryName(options),
    rname: mailboxName(options),
    serial,
    refresh: options.soaRefresh,
    retry: options.soaRetry,
    expire: options.soaExpire,
    minimum: options.soaMinttl,
  })
  return { type: rrType.SOA, ttl: options.ttl, rdata: [rdata] }
}

export function nsSet(options: SoaOptions): RRset {
  const name = primaryName(options)
  return {
    type: rrType.NS,
    ttl: options.ttl,
    rdata: [encodeRdata('NS', name)],
    targets: { keys: [name.slice(0, -1).toLowerCase()], offset: 2 },
  }
}
