/**
 * Names in a table are bytes. One that questions can name stands in wire form, in lower case: it is compared with what
 * came in as it is. One that they cannot (capitals, blanks, labels that are too long) is UTF-8 behind a byte that no
 * wire form begins with.
 */
export const listedMark = 0xff

const longestName = 255
const longestLabel = 63

/** Bytes that questions can name: what stands in zone files without a backslash, but capitals. */
const servable = new Uint8Array(256)
for (let byte = 33; byte < 127; byte++)
  servable[byte] = '."\\();@$'.includes(String.fromCharCode(byte)) ? 0 : 1
for (let byte = 65; byte <= 90; byte++) servable[byte] = 0

export type Form = 'wire' | 'unmatched' | 'too-long'

/**
 * Writes a name (labels joined by dots, no dot at the end) at `at`, in the form that it can have; `end` is the offset
 * behind it. There must be room for three bytes for each character, and two.
 */
export function writeName(out: Buffer, at: number, text: string): { form: Form; end: number } {
  const length = out.write(text, at + 1)
  const end = at + 1 + length
  const form = toWire(out, at, end)
  if (form === 'wire') return { form, end: end + 1 }
  // The wire form was begun in place: write it anew.
  out[at] = listedMark
  out.write(text, at + 1)
  return { form, end }
}

/**
 * Writes a label and the name above it, which stands from `above` to `aboveEnd` in wire form, and tells where it ends;
 * undefined when that cannot be a name that questions know.
 */
export function writeBelow(
  out: Uint8Array,
  at: number,
  label: string,
  above: number,
  aboveEnd: number,
): number | undefined {
  const { length } = label
  const end = at + 1 + length + aboveEnd - above
  if (length === 0 || length > longestLabel || end - at > longestName) return undefined
  out[at] = length
  for (let i = 0; i < length; i++) {
    const code = label.charCodeAt(i)
    if (code > 255 || servable[code] === 0) return undefined
    out[at + 1 + i] = code
  }
  for (let from = above, to = at + 1 + length; from < aboveEnd; from++, to++) out[to] = out[from] ?? 0
  return end
}

/** Turns the dots between `at` and `end` into lengths. */
function toWire(out: Buffer, at: number, end: number): Form {
  let matched = true
  let lengthAt = at
  for (let i = at + 1; i <= end; i++) {
    const byte = out[i] ?? 0
    if (i < end && byte !== 46) {
      if (servable[byte] === 0) matched = false
      continue
    }
    const length = i - lengthAt - 1
    if (length === 0 || length > longestLabel) return 'too-long'
    out[lengthAt] = length
    lengthAt = i
  }
  if (end + 1 - at > longestName) return 'too-long'
  out[end] = 0
  return matched ? 'wire' : 'unmatched'
}

/** The text of a name in a table, without a dot at its end. */
export function readName(names: Uint8Array, start: number, end: number): string {
  const bytes = Buffer.from(names.buffer, names.byteOffset + start, end - start)
  if (bytes[0] === listedMark) return bytes.toString('utf8', 1)
  let text = ''
  for (let at = 0; (bytes[at] ?? 0) > 0; at += 1 + (bytes[at] ?? 0)) {
    text += `${at === 0 ? '' : '.'}${bytes.toString('latin1', at + 1, at + 1 + (bytes[at] ?? 0))}`
  }
  return text
}

/** FNV-1a over the bytes, mixed so that its low bits are good ones. */
export function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  hash ^= hash >>> 15
  return (hash ^ (hash >>> 7)) >>> 0
}

export function sameName(
  names: Uint8Array,
  start: number,
  end: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  if (end - start !== to - from) return false
  for (let a = start, b = from; a < end; a++, b++) if (names[a] !== bytes[b]) return false
  return true
}
