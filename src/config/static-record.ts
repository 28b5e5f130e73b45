import { canonicalAddress } from './address.ts'

/** A record that an operator adds to the domain; names are fully qualified, with a dot at their end. */
export type StaticRecord =
  | { type: 'A' | 'AAAA'; name: string; address: string }
  | { type: 'SRV'; name: string; priority: number; weight: number; port: number; target: string }

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const longestName = 254

/**
 * Reads `NAME TYPE DATA` as zone files have it, without TTL and class: `registry A 10.0.0.50`. Names without a dot at
 * their end are below the domain, `@` is the domain. Undefined for anything else, and for owners outside the domain.
 */
export function parseStaticRecord(text: string, domain: string): StaticRecord | undefined {
  const [owner = '', type = '', ...data] = text.trim().split(/\s+/)
  const name = absolute(owner, domain)
  if (name === undefined || !`.${name}`.endsWith(`.${domain}.`)) return undefined
  const kind = type.toUpperCase()
  if (kind === 'SRV') return service(name, data, domain)
  const address = data.length === 1 ? canonicalAddress(data[0] ?? '') : undefined
  if (address === undefined || kind !== (address.includes(':') ? 'AAAA' : 'A')) return undefined
  return { type: kind, name, address }
}

/** `PRIORITY WEIGHT PORT TARGET` */
function service(name: string, data: string[], domain: string): StaticRecord | undefined {
  const [priority, weight, port] = data.slice(0, 3).map(uint16)
  const target = absolute(data[3] ?? '', domain)
  if (priority === undefined || weight === undefined || port === undefined || target === undefined)
    return undefined
  return data.length === 4 ? { type: 'SRV', name, priority, weight, port, target } : undefined
}

/** A decimal number that fits 16 bits, as priorities, weights and ports are. */
export function uint16(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined
}

function absolute(text: string, domain: string): string | undefined {
  if (text === '@') return `${domain}.`
  const lower = text.toLowerCase()
  const name = lower.endsWith('.') ? lower : `${lower}.${domain}.`
  const good =
    name.length <= longestName &&
    name
      .slice(0, -1)
      .split('.')
      .every((part) => label.test(part))
  return good ? name : undefined
}
