/**
 * JSON as Mesos-DNS lays it out, byte for byte: one blank for each level, one more before every line but the first, and
 * `<`, `>`, `&` (and the two line separators) of texts as escapes.
 */
export function layOut(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replaceAll('\n', '\n ')
    .replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
