/** A place in bytes that are being read. */
export type Source = { bytes: Uint8Array; at: number }

/** The shape that everything on the wire has; the three belong together and are tested together. */
export type Codec<T> = {
  encodingLength(value: T): number
  /** Writes at `at` and returns the place after it. The caller made room by `encodingLength`. */
  encode(value: T, into: Uint8Array, at: number): number
  /** @throws {WireError} and nothing else; memory stays within a small multiple of the bytes read. */
  decode(source: Source): T
}

/** The one error of everything that reads bytes of others. */
export class WireError extends Error {
  /** The bytes ended too early: on a stream, more may follow. */
  readonly truncated: boolean

  constructor(why: string, truncated = false) {
    super(why)
    this.name = 'WireError'
    this.truncated = truncated
  }
}

export function encoded<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(codec.encodingLength(value))
  codec.encode(value, bytes, 0)
  return bytes
}

/** The next `length` bytes as a view; the source stays where it was if they are not there. */
export function take(source: Source, length: number): Uint8Array {
  const end = source.at + length
  if (end > source.bytes.length) throw new WireError('the bytes end too early', true)
  const part = source.bytes.subarray(source.at, end)
  source.at = end
  return part
}

export function takeByte(source: Source): number {
  const byte = source.bytes[source.at]
  if (byte === undefined) throw new WireError('the bytes end too early', true)
  source.at++
  return byte
}

/** An unsigned big-endian number of up to four bytes. */
export function takeNumber(source: Source, length: 1 | 2 | 4): number {
  let value = 0
  for (const byte of take(source, length)) value = value * 256 + byte
  return value
}
