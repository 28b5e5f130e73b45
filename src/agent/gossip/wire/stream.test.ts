import { describe, expect, test } from 'bun:test'
import { WireError } from './codec.ts'
import { createKeyring } from './keyring.ts'
import { limits } from './limits.ts'
import { compress } from './lzw.ts'
import { createStreamReader, encodeStream, type PushPull, type StreamMessage } from './stream.ts'

const plain = { keyring: createKeyring([]), label: '' }
const keyed = { keyring: createKeyring([new Uint8Array(32).fill(1)]), label: '' }
const labelled = { keyring: keyed.keyring, label: 'blue' }

const member = (i: number) => ({
  Name: `member-${i}`,
  Addr: `10.0.0.${i % 250}`,
  Port: 7946,
  Meta: Uint8Array.of(255, 128),
  Incarnation: i,
  State: i % 4,
  Vsn: Uint8Array.of(1, 5, 2, 2, 5, 5),
})
const state = (count: number): PushPull => ({
  kind: 'pushPull',
  join: true,
  members: Array.from({ length: count }, (_, i) => member(i)),
  userState: Uint8Array.of(2, 0x80),
})

function read(wire: Uint8Array, envelope = plain, step = wire.length): StreamMessage | undefined {
  const reader = createStreamReader(envelope)
  for (let at = 0; at < wire.length; at += step) {
    const found = reader.push(wire.subarray(at, at + step))
    if (found) return found
  }
  return undefined
}

const same = (a: unknown, b: unknown) => expect(JSON.stringify(a)).toBe(JSON.stringify(b))

describe('a stream', () => {
  test.each(Object.entries({ plain, keyed, labelled }))('%s carries states of any size', (_, envelope) => {
    for (const count of [0, 1, 500]) same(read(encodeStream(state(count), envelope), envelope), state(count))
  })

  test('may come byte by byte', () => {
    for (const envelope of [plain, labelled]) {
      same(read(encodeStream(state(3), envelope), envelope, 1), state(3))
      same(read(encodeStream(state(40), envelope), envelope, 7), state(40))
    }
  })

  test('carries pings, acks, errors and user messages', () => {
    const messages: StreamMessage[] = [
      { kind: 'ping', SeqNo: 1, Node: 'a', SourceAddr: '', SourcePort: 0, SourceNode: '' },
      { kind: 'ack', SeqNo: 1, Payload: new Uint8Array(0) },
      { kind: 'err', Error: 'no' },
      { kind: 'user', Payload: new Uint8Array(1000) },
    ]
    for (const message of messages) same(read(encodeStream(message, labelled), labelled, 5), message)
  })

  test('is waited for while it is cut off', () => {
    const wire = encodeStream(state(3), plain)
    expect(read(wire.subarray(0, wire.length - 1))).toBeUndefined()
  })
})

describe('a stream is refused', () => {
  test('with a key where none is wanted, without one where it is, with another', () => {
    expect(() => read(encodeStream(state(1), keyed), plain)).toThrow('this mesh has no key')
    expect(() => read(encodeStream(state(1), plain), keyed)).toThrow('this mesh has a key')
    const other = { keyring: createKeyring([new Uint8Array(32).fill(2)]), label: '' }
    expect(() => read(encodeStream(state(1), other), keyed)).toThrow(WireError)
    expect(() => read(encodeStream(state(1), labelled), keyed)).toThrow('not ours')
  })

  test('when it promises more than there may be', () => {
    const head = (digits: string) => Buffer.from(digits, 'hex')
    // {Nodes: 2^31}, {UserStateLen: 2^31}, {UserMsgLen: 2^31}, an encrypted part of 4 GiB
    expect(() => read(head('0681a54e6f646573ce80000000'))).toThrow('too many')
    expect(() =>
      read(Buffer.concat([head('0681ac'), Buffer.from('UserStateLen'), head('ce80000000')])),
    ).toThrow(WireError)
    expect(() =>
      read(Buffer.concat([head('0881aa'), Buffer.from('UserMsgLen'), head('ce80000000')])),
    ).toThrow(WireError)
    expect(() => read(head('0affffffff'), keyed)).toThrow('too many')
  })

  test('when it never ends, before it fills the memory', () => {
    const reader = createStreamReader(plain)
    reader.push(Buffer.concat([Buffer.from('0981a3427566dbffffffff', 'hex')]))
    const chunk = new Uint8Array(1 << 20)
    expect(() => {
      for (let i = 0; i < 30; i++) reader.push(chunk)
    }).toThrow('too long')
    expect(reader.held()).toBeLessThanOrEqual(limits.pushPull + 1024)
  })

  test('when it is a bomb', () => {
    const bomb = compress(new Uint8Array(limits.decompressedStream + 1))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bomb.length)
    const wire = Buffer.concat([Buffer.from('0981a3427566db', 'hex'), length, bomb])
    expect(() => read(wire)).toThrow('when decompressed')
  })
})
