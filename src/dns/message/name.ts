/**
 * Names inside meshbox are *keys*: lower case, labels joined by dots, no trailing dot, the root is the empty text. Bytes
 * of a label that are not printable ASCII, dots and backslashes stand as `\DDD`, so that two names never share a key.
 */
export type NameAt = {
  key: string
  /** Offset behind the name. */
  end: number
}

const longestName = 255
const longestLabel = 63

/** What stands for each byte of a label in a key. */
const keyText: string[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  if (byte < 33 || byte > 126 || char === '.' || char === '\\') return `\\${String(byte).padStart(3, '0')}`
  return char.toLowerCase()
})

/** Reads an uncompressed name, as questions have them; undefined when it is malformed. */
export function readKey(bytes: Uint8Array, start: number): NameAt | undefined {
  let key = ''
  let at = start
  for (;;) {
    const length = bytes[at++]
    if (length === undefined || length > longestLabel) return undefined
    if (length === 0) return at - start > longestName ? undefined : { key, end: at }
    if (at + length >= bytes.length) return undefined
    if (key !== '') key += '.'
    for (const end = at + length; at < end; at++) key += keyText[bytes[at] ?? 0]
  }
}

/** The offset behind a name that may end in a pointer; undefined when it runs out of the message. */
export function skipName(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start; ; ) {
    const length = bytes[at]
    if (length === undefined) return undefined
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2 <= bytes.length ? at + 2 : undefined
    if (length > longestLabel) return undefined
    at += length + 1
  }
}

/** Whether `key` is `zone` or below it. */
export function isWithin(key: string, zone: string): boolean {
  if (!key.endsWith(zone)) return false
  return key.length === zone.length || zone === '' || key[key.length - zone.length - 1] === '.'
}
