import { isIP } from 'node:net'

/**
 * The dummy address of IPv4 (RFC 7600): a link that only exists to carry settings has it. It leads nowhere, so it is never
 * counted among a machine's addresses.
 */
export const dummyAddress = '192.0.0.8'

/** The canonical text of an IP literal (RFC 5952; IPv4-mapped IPv6 as IPv4); undefined for anything else, zones included. */
export function canonicalAddress(text: string): string | undefined {
  if (isQuad(text)) return text
  if (!text.includes(':') || isIP(text) !== 6 || text.includes('%')) return undefined
  return formatIPv6(parseIPv6(text))
}

/** Four numbers up to 255 without leading zeros. A large cluster is full of them: nothing is made to tell. */
function isQuad(text: string): boolean {
  let number = -1
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 46) {
      if (number < 0 || ++dots > 3) return false
      number = -1
    } else if (code < 48 || code > 57 || number === 0) return false
    else {
      number = Math.max(0, number) * 10 + code - 48
      if (number > 255) return false
    }
  }
  return dots === 3 && number >= 0
}

/** The bytes of a canonical address: 4 or 16. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const bytes = Buffer.alloc(16)
  parseIPv6(address).forEach((group, i) => {
    bytes.writeUInt16BE(group, i * 2)
  })
  return bytes
}

/** The address of 4 or 16 bytes as canonical text. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0))
  return formatIPv6(groups)
}

/** `host` and `port` of `HOST:PORT` or `[V6]:PORT`; undefined when there is no host or no valid port. */
export function splitHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^[\]]+)\]|([^[\]:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port < 1 || port > 65535 ? undefined : { host, port }
}

export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The host of `HOST:PORT`, also where that of IPv6 has no brackets, as Marathon writes it. */
export function hostOf(text: string): string {
  return text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}

/** Eight groups of a text that is known to be valid. */
function parseIPv6(text: string): number[] {
  const [left = '', right] = plainGroups(text).split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length
  return [...head, ...new Array<string>(zeros).fill('0'), ...tail].map((group) => Number.parseInt(group, 16))
}

/** A dotted quad at the end becomes two groups. */
function plainGroups(text: string): string {
  const start = text.lastIndexOf(':') + 1
  if (!text.includes('.')) return text
  const [a = 0, b = 0, c = 0, d = 0] = text.slice(start).split('.').map(Number)
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

function formatIPv6(groups: number[]): string {
  const [g0, g1, g2, g3, g4, g5, g6 = 0, g7 = 0] = groups
  if (!g0 && !g1 && !g2 && !g3 && !g4 && g5 === 0xffff) return `${g6 >> 8}.${g6 & 255}.${g7 >> 8}.${g7 & 255}`
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function longestZeros(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (end < groups.length && groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
    start = Math.max(start, end)
  }
  return best
}

/** Whether an address, known to be one, is of the newer family. */
export function isIPv6(address: string): boolean {
  return address.includes(':')
}
