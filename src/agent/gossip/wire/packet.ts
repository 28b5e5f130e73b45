import { crc32 } from 'node:zlib'
import { encoded, type Source, takeByte, takeNumber, WireError } from './codec.ts'
import { compound, compoundHead, compoundPart } from './compound.ts'
import { unpacked } from './compress.ts'
import { encryptionOverhead, open, seal } from './encrypt.ts'
import type { Keyring } from './keyring.ts'
import { checkLabel, labelHeader } from './label.ts'
import { limits } from './limits.ts'
import { decodeMessage, encodeMessage, type Message, wrapper } from './messages.ts'

/** What wraps datagrams and streams of this mesh. */
export type Envelope = { keyring: Keyring; label: string }

const crcHead = 5

/** Bytes left for messages in a datagram; each takes `compoundPart` more than its own length. */
export function packetRoom({ keyring, label }: Envelope): number {
  const sealing = keyring.secured() ? encryptionOverhead : 0
  return limits.packet - compoundHead - crcHead - sealing - labelHeader(label).length
}

export { compoundPart }

/** A datagram of messages. The checksum is for peers of protocol version 5 on, older ones do not know it. */
export function encodePacket(
  messages: readonly Message[],
  { keyring, label }: Envelope,
  checksum: boolean,
): Uint8Array {
  const parts = messages.map(encodeMessage)
  const [only] = parts
  const body =
    only && parts.length === 1
      ? only
      : Buffer.concat([Uint8Array.of(wrapper.compound), encoded(compound, parts)])
  const plain = checksum ? withChecksum(body) : body
  const [primary] = keyring.keys()
  const wire = primary ? seal(plain, primary, Buffer.from(label)) : plain
  return label === '' ? wire : Buffer.concat([labelHeader(label), wire])
}

function withChecksum(body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(crcHead)
  head[0] = wrapper.crc
  head.writeUInt32BE(crc32(body), 1)
  return Buffer.concat([head, body])
}

/**
 * The messages of a datagram, and what of it could not be read: one bad part costs no other.
 * @throws {WireError} when the datagram as a whole is refused: other label, no key for it, wrong checksum
 */
export function decodePacket(
  wire: Uint8Array,
  { keyring, label }: Envelope,
): { messages: Message[]; refused: WireError[] } {
  const source: Source = { bytes: wire, at: 0 }
  checkLabel(source, label)
  const inner = wire.subarray(source.at)
  const plain = keyring.secured() ? open(inner, keyring.keys(), Buffer.from(label)) : inner
  const found = {
    messages: [] as Message[],
    refused: [] as WireError[],
    budget: limits.decompressedPacket as number,
  }
  collect(checked(plain), found, 0)
  return { messages: found.messages, refused: found.refused }
}

function checked(plain: Uint8Array): Uint8Array {
  if (plain[0] !== wrapper.crc || plain.length < crcHead) return plain
  const source: Source = { bytes: plain, at: 1 }
  const expected = takeNumber(source, 4)
  const body = plain.subarray(crcHead)
  if (crc32(body) !== expected) throw new WireError('wrong checksum')
  return body
}

type Found = { messages: Message[]; refused: WireError[]; budget: number }

function collect(bytes: Uint8Array, found: Found, depth: number): void {
  try {
    if (depth > limits.nesting) throw new WireError('nested too deep')
    const source: Source = { bytes, at: 0 }
    const type = takeByte(source)
    if (type === wrapper.compound) {
      for (const part of compound.decode(source)) collect(part, found, depth + 1)
    } else if (type === wrapper.compress) {
      const plain = unpacked(source, found.budget)
      found.budget -= plain.length
      collect(plain, found, depth + 1)
    } else found.messages.push(decodeMessage(bytes))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    found.refused.push(error)
  }
}
