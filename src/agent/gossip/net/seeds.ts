import { lookup } from 'node:dns/promises'
import { canonicalAddress, splitHostPort } from '../../../config/address.ts'
import type { Address } from '../swim/core.ts'

/** `host`, `host:port`, an IPv6 address as it is or in brackets with a port. */
export function parseSeed(seed: string, defaultPort: number): Address {
  const text = seed.trim()
  const whole = canonicalAddress(text.replace(/^\[(.*)\]$/, '$1'))
  if (whole !== undefined) return { host: whole, port: defaultPort }
  return splitHostPort(text) ?? { host: text, port: defaultPort }
}

/** All addresses of a seed. Rejects when its name is not known. */
export async function resolveSeed(seed: string, defaultPort: number): Promise<Address[]> {
  const { host, port } = parseSeed(seed, defaultPort)
  const literal = canonicalAddress(host)
  if (literal !== undefined) return [{ host: literal, port }]
  const found = await lookup(host, { all: true })
  return found.flatMap(({ address }) => {
    const canonical = canonicalAddress(address)
    return canonical === undefined ? [] : [{ host: canonical, port }]
  })
}
