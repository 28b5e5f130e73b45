/** Bytes of a body: more than the longest document. */
const mostBytes = 8 * 2 ** 20

/** A whole body, from whomever it comes. @throws when it is too long, or ends early */
export async function readBody(from: Request | Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of from.body ?? []) {
    length += part.length
    if (length > mostBytes) throw new Error(`more than ${mostBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
