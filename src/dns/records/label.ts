/** How labels are written: RFC 1123 (63 characters) or, stricter, RFC 952 (24 characters, a letter first). */
export type LabelRules = 'rfc1123' | 'rfc952'

const clean = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/** One label out of any text (SPEC section 5); may be empty, and may end in a dash where the original's does. */
export function sanitise(text: string, rules: LabelRules): string {
  const max = rules === 'rfc952' ? 24 : 63
  if (rules === 'rfc1123' && text.length <= max && clean.test(text)) return text
  const kept = text
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[._]/g, '-')
    .replace(/[^a-z0-9-]/g, '')
    .replace(rules === 'rfc952' ? /^[-0-9]+/ : /^-+/, '')
  const head = kept.slice(0, max)
  const stripped = head.replace(/-+$/, '')
  const rest = kept.slice(max).replace(/^-+/, '')
  return stripped + rest.slice(0, head.length - stripped.length)
}

/** Sanitised part by part, dots kept; for framework names. */
export function fragment(text: string, rules: LabelRules): string {
  return text
    .split('.')
    .map((part) => sanitise(part, rules))
    .filter((part) => part !== '')
    .join('.')
}

const zBase32 = 'ybndrfg8ejkmcpqxot1uwisza345h769'

/** All pairs of its characters, by ten bits. */
const pairs = Array.from({ length: 1024 }, (_, bits) => `${zBase32[bits >>> 5]}${zBase32[bits & 31]}`)
const digest = new Uint8Array(20)

/** The first 25 bits of the id's SHA-1 as five characters of z-base-32. */
export function hash(taskId: string): string {
  Bun.SHA1.hash(taskId, digest)
  const [a = 0, b = 0, c = 0, d = 0] = [digest[0], digest[1], digest[2], digest[3]]
  const bits = ((a << 24) | (b << 16) | (c << 8) | d) >>> 7
  return `${pairs[bits >>> 15]}${pairs[(bits >>> 5) & 1023]}${zBase32[bits & 31]}`
}

/** What stands after the last dash of an agent id: `s12` for `…-S12`. */
export function agentTail(agentId: string): string {
  return agentId.slice(agentId.lastIndexOf('-') + 1).toLowerCase()
}

/** The longest beginning of a label that leaves `taken` of its 63 characters to what is put beside it. */
export function fitLabel(label: string, taken: number): string {
  return label.length + taken <= 63 ? label : label.slice(0, 63 - taken).replace(/-+$/, '')
}
