import { describe, expect, test } from 'bun:test'
import { encoded, WireError } from './codec.ts'
import { compound } from './compound.ts'
import { packed } from './compress.ts'
import { open, seal } from './encrypt.ts'
import { createKeyring, KeyError } from './keyring.ts'
import type { Message } from './messages.ts'
import { decodePacket, encodePacket, packetRoom } from './packet.ts'

const key = (fill: number, size = 32) => new Uint8Array(size).fill(fill)
const plain = { keyring: createKeyring([]), label: '' }
const nack = (SeqNo: number): Message => ({ kind: 'nack', SeqNo })
/** Shrinks, but not like a bomb. */
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 29)
const some = [nack(1), nack(2), nack(3)]

describe('a datagram', () => {
  const envelopes = {
    plain,
    labelled: { ...plain, label: 'blue' },
    'sealed with 128 bits': { ...plain, keyring: createKeyring([key(1, 16)]) },
    'sealed and labelled': { keyring: createKeyring([key(1)]), label: 'blue' },
  }
  test.each(Object.entries(envelopes))('%s carries one and many messages', (_, envelope) => {
    for (const checksum of [false, true]) {
      expect(decodePacket(encodePacket(some, envelope, checksum), envelope).messages).toEqual(some)
      expect(decodePacket(encodePacket([nack(9)], envelope, checksum), envelope).messages).toEqual([nack(9)])
    }
  })

  test('of the other mesh is refused: other label, other key, key or none', () => {
    const names = Object.keys(envelopes) as (keyof typeof envelopes)[]
    for (const from of names) {
      for (const to of names.filter((name) => name !== from)) {
        const wire = encodePacket(some, envelopes[from], false)
        let read: Message[] = []
        try {
          read = decodePacket(wire, envelopes[to]).messages
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(read).toEqual([])
      }
    }
  })

  test('with a flipped bit is refused by its checksum, or by its seal', () => {
    for (const envelope of [plain, envelopes['sealed with 128 bits']]) {
      const wire = encodePacket(some, envelope, true)
      wire[wire.length - 3] = (wire.at(-3) ?? 0) ^ 1
      expect(() => decodePacket(wire, envelope)).toThrow(WireError)
    }
  })

  test('loses only the parts that cannot be read', () => {
    const parts = [nack(1), { kind: 'user', Payload: new Uint8Array(0) } as Message, nack(2)]
    const wire = encodePacket(parts, plain, false)
    wire[wire.indexOf(8, 8)] = 99
    const { messages, refused } = decodePacket(wire, plain)
    expect(messages).toEqual([nack(1), nack(2)])
    expect(refused).toHaveLength(1)
  })

  test('that was cut off keeps the parts before the cut', () => {
    const wire = encodePacket(some, plain, false)
    expect(decodePacket(wire.subarray(0, wire.length - 2), plain).messages).toEqual(some.slice(0, 2))
  })

  test('of bombs is refused by one budget for all its parts', () => {
    const bomb = packed(Buffer.concat([Uint8Array.of(8), noise(200_000)]))
    const wire = Buffer.concat([Uint8Array.of(7), encoded(compound, [bomb, bomb, bomb])])
    const { messages, refused } = decodePacket(wire, plain)
    expect(messages).toHaveLength(1)
    expect(refused).toHaveLength(2)
  })

  test('nested without end is refused', () => {
    let wire: Uint8Array = encodePacket([nack(1)], plain, false)
    for (let i = 0; i < 100; i++) wire = Buffer.concat([Uint8Array.of(7), encoded(compound, [wire])])
    expect(decodePacket(wire, plain)).toMatchObject({
      messages: [],
      refused: [{ message: 'nested too deep' }],
    })
  })

  test('full to its room stays within 1400 bytes', () => {
    const envelope = envelopes['sealed and labelled']
    const Payload = new Uint8Array((packetRoom(envelope) - 4) / 2 - 1)
    const wire = encodePacket(
      [
        { kind: 'user', Payload },
        { kind: 'user', Payload },
      ],
      envelope,
      true,
    )
    expect(wire.length).toBeLessThanOrEqual(1400)
    expect(wire.length).toBeGreaterThan(1395)
  })
})

describe('keys', () => {
  test('any opens, the first seals', () => {
    const ring = createKeyring([key(1)])
    const old = encodePacket(some, { ...plain, keyring: ring }, false)
    ring.install(key(2))
    ring.use(key(2))
    expect(decodePacket(old, { ...plain, keyring: ring }).messages).toEqual(some)
    const fresh = encodePacket(some, { ...plain, keyring: ring }, false)
    expect(decodePacket(fresh, { ...plain, keyring: createKeyring([key(2)]) }).messages).toEqual(some)
    ring.remove(key(1))
    expect(() => decodePacket(old, { ...plain, keyring: ring })).toThrow(WireError)
  })

  test('the primary stays, unknown ones cannot be used, and sizes count', () => {
    const ring = createKeyring([key(1)])
    expect(() => ring.remove(key(1))).toThrow(KeyError)
    expect(() => ring.use(key(2))).toThrow(KeyError)
    expect(() => ring.install(key(3, 20))).toThrow(KeyError)
    ring.install(key(1))
    expect(ring.list()).toHaveLength(1)
  })

  test('version 0 comes back without its padding, at every length of a block', () => {
    for (let length = 0; length <= 33; length++) {
      const text = new Uint8Array(length).fill(5)
      expect([...open(seal(text, key(1), Buffer.from('x'), 0), [key(1)], Buffer.from('x'))]).toEqual([
        ...text,
      ])
    }
  })
})
