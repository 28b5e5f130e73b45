import { expect, test } from 'bun:test'
import { WireError } from './codec.ts'
import { decodeMessage, encodeMessage, type Message } from './messages.ts'

const samples: Message[] = [
  { kind: 'ping', SeqNo: 1, Node: 'b', SourceAddr: '10.0.0.1', SourcePort: 7946, SourceNode: 'a' },
  { kind: 'ping', SeqNo: 2, Node: 'b', SourceAddr: '', SourcePort: 0, SourceNode: '' },
  {
    kind: 'indirectPing',
    SeqNo: 70_000,
    Target: '2001:db8::1',
    Port: 7946,
    Node: 'c',
    Nack: true,
    SourceAddr: '10.0.0.1',
    SourcePort: 7946,
    SourceNode: 'a',
  },
  { kind: 'ack', SeqNo: 3, Payload: Uint8Array.of(1, 2, 3) },
  { kind: 'nack', SeqNo: 3 },
  { kind: 'suspect', Incarnation: 4, Node: 'c', From: 'a' },
  { kind: 'dead', Incarnation: 4, Node: 'c', From: 'c' },
  {
    kind: 'alive',
    Incarnation: 2 ** 32 - 1,
    Node: 'ø',
    Addr: '127.0.0.1',
    Port: 65535,
    Meta: Buffer.alloc(512, 7),
    Vsn: Uint8Array.of(1, 5, 2, 2, 5, 4),
  },
  { kind: 'user', Payload: Uint8Array.of(0, 1) },
  { kind: 'err', Error: 'no' },
]

test.each(samples.map((sample) => [sample.kind, sample] as const))('%s goes there and back', (_, sample) => {
  expect(bare(decodeMessage(encodeMessage(sample)))).toEqual(bare(sample))
})

/** With bytes as lists, so that a Buffer equals a Uint8Array. */
function bare(sample: Message): unknown {
  return Object.fromEntries(
    Object.entries(sample).map(([key, value]) => [key, value instanceof Uint8Array ? [...value] : value]),
  )
}

test('an IPv4 address in IPv6 form is the IPv4 address', () => {
  const mapped = Buffer.from('00000000000000000000ffff0a000001', 'hex')
  const wire = Buffer.concat([Buffer.from([4, 0x81, 0xa4]), Buffer.from('Addr'), Buffer.from([0xb0]), mapped])
  expect(decodeMessage(wire)).toMatchObject({ kind: 'alive', Addr: '10.0.0.1' })
})

test('a type that nobody knows and an address of a wrong length are refused', () => {
  expect(() => decodeMessage(Uint8Array.of(99))).toThrow(WireError)
  const three = Buffer.concat([
    Buffer.from([4, 0x81, 0xa4]),
    Buffer.from('Addr'),
    Buffer.from([0xa3, 1, 2, 3]),
  ])
  expect(() => decodeMessage(three)).toThrow(WireError)
})

test('what begins like a message and goes on is none', () => {
  const sealedElsewhere = Uint8Array.of(1, 0x80, 7, 7, 7)
  expect(() => decodeMessage(sealedElsewhere)).toThrow('3 bytes after a message')
})
