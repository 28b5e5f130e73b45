import { expect, test } from 'bun:test'
import { limits } from './limits.ts'
import { decodeSerf, encodeSerf, namesOfFilter, type SerfMessage } from './serf.ts'
import { decodeTags, encodeTags } from './tags.ts'

const samples: SerfMessage[] = [
  { kind: 'leave', LTime: 3, Node: 'a', Prune: false },
  { kind: 'join', LTime: 2 ** 40, Node: 'a' },
  {
    kind: 'pushPull',
    LTime: 9,
    StatusLTimes: new Map([
      ['a', 1],
      ['b', 2],
    ]),
    LeftMembers: ['c'],
    EventLTime: 1,
    Events: [{ LTime: 4, Events: [{ Name: 'deploy', Payload: Uint8Array.of(1) }] }],
    QueryLTime: 1,
  },
  { kind: 'userEvent', LTime: 1, Name: 'deploy', Payload: Uint8Array.of(1), CC: true },
  { kind: 'queryResponse', LTime: 1, ID: 2, From: 'b', Flags: 0, Payload: Uint8Array.of(8) },
  { kind: 'conflict', Name: 'a', Addr: '10.0.0.1', Port: 7946 },
  { kind: 'keyRequest', Key: new Uint8Array(32).fill(1) },
  { kind: 'keyResponse', Result: true, Message: '', Keys: ['k1', 'k2'], PrimaryKey: 'k1' },
]

test.each(samples.map((sample) => [sample.kind, sample] as const))('%s goes there and back', (_, sample) => {
  expect(decodeSerf(encodeSerf(sample))).toEqual(sample)
})

test('tags go there and back, other metadata are no tags', () => {
  const tags = { role: 'worker', 'dotted.key': 'ä', __proto__x: '' }
  expect(decodeTags(encodeTags(tags))).toEqual(tags)
  for (const meta of ['', 'ff', 'ffdfffffffff', '0081a161a162']) {
    expect(decodeTags(Buffer.from(meta, 'hex'))).toEqual({})
  }
  expect(Object.getPrototypeOf(decodeTags(Buffer.from('ff81a95f5f70726f746f5f5fa161', 'hex')))).toBe(
    Object.prototype,
  )
  expect(encodeTags({}).length).toBeLessThan(limits.meta)
})

test('a filter names nodes, or is one of another kind', () => {
  expect(namesOfFilter(Buffer.from('0092a161a162', 'hex'))).toEqual(['a', 'b'])
  expect(namesOfFilter(Uint8Array.of(1, 0x80))).toBeUndefined()
})
