import { rcode, rrType } from '../message/codes.ts'
import type { Step } from './step.ts'

const v4Suffix = '.in-addr.arpa'
const v6Suffix = '.ip6.arpa'

/** The address that a reverse name stands for: its bytes; undefined for any other name. */
export function reverseAddress(key: string): Uint8Array | undefined {
  if (key.endsWith(v4Suffix)) {
    const octets = key.slice(0, -v4Suffix.length).split('.').reverse()
    const valid =
      octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
    return valid ? Uint8Array.from(octets, Number) : undefined
  }
  if (!key.endsWith(v6Suffix)) return undefined
  const nibbles = key.slice(0, -v6Suffix.length).split('.').reverse().join('')
  return /^[0-9a-f]{32}$/.test(nibbles) && key.length === 63 + v6Suffix.length
    ? new Uint8Array(Buffer.from(nibbles, 'hex'))
    : undefined
}

/** Addresses that belong to one task or master alone. Others are looked up elsewhere, like any name outside the domain. */
export const fromReverse: Step = (query, service) => {
  if (query.type !== rrType.PTR || !query.key.endsWith('.arpa')) return undefined
  const address = reverseAddress(query.key)
  const set = address ? service.zone()?.reverse(address) : undefined
  if (!set) return undefined
  return {
    rcode: rcode.noError,
    authoritative: true,
    recursionAvailable: service.recursionAvailable,
    answer: [{ owner: 'question', set }],
  }
}
