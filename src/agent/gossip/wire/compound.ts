import { type Codec, take, takeByte, takeNumber, WireError } from './codec.ts'
import { limits } from './limits.ts'

/** Bytes before the parts: type and count; and per part: its length. */
export const compoundHead = 2
export const compoundPart = 2

/** Several messages in one datagram: count, lengths, bodies (without the type byte before them). */
export const compound: Codec<Uint8Array[]> = {
  encodingLength: (parts) => parts.reduce((sum, part) => sum + compoundPart + part.length, 1),
  encode(parts, into, at) {
    if (parts.length > limits.compoundParts) throw new WireError(`${parts.length} parts in one compound`)
    const view = new DataView(into.buffer, into.byteOffset)
    into[at] = parts.length
    let end = at + 1 + compoundPart * parts.length
    parts.forEach((part, i) => {
      view.setUint16(at + 1 + compoundPart * i, part.length)
      into.set(part, end)
      end += part.length
    })
    return end
  },
  /** A part that is cut off is lost with all after it; the ones before it count. */
  decode(source) {
    const count = takeByte(source)
    const lengths: number[] = []
    while (lengths.length < count) lengths.push(takeNumber(source, 2))
    const parts: Uint8Array[] = []
    for (const length of lengths) {
      if (source.at + length > source.bytes.length) break
      parts.push(take(source, length))
    }
    return parts
  },
}
