import { encoded, type Source, WireError } from './codec.ts'
import { limits } from './limits.ts'
import * as lzw from './lzw.ts'
import { wrapper } from './messages.ts'
import { bytes, struct, u8 } from './msgpack.ts'

const lzwAlgorithm = 0
/** Whatever it was before. */
const smallOutput = 64 * 1024
const envelope = struct({ Algo: u8, Buf: bytes })

/** The message in its compressed form, if that is the smaller one. */
export function packed(plain: Uint8Array): Uint8Array {
  const body = encoded(envelope, { Algo: lzwAlgorithm, Buf: lzw.compress(plain) })
  return body.length + 1 < plain.length ? Buffer.concat([Uint8Array.of(wrapper.compress), body]) : plain
}

/** Reads the envelope after its type byte. @throws {WireError} also when it grows over `most` bytes */
export function unpacked(source: Source, most: number): Uint8Array {
  const { Algo, Buf } = envelope.decode(source)
  if (Algo !== lzwAlgorithm) throw new WireError(`unknown compression ${Algo}`)
  return lzw.decompress(Buf, Math.min(most, smallOutput + Buf.length * limits.growth))
}
