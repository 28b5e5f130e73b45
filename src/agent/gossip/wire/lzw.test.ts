import { expect, test } from 'bun:test'
import { WireError } from './codec.ts'
import { compress, decompress } from './lzw.ts'

const most = 1 << 20

test('reads what Go wrote', () => {
  // lzw.NewWriter(LSB, 8) of "TOBEORNOTTOBEORTOBEORNOT", the example of compress/lzw's literature.
  const plain = Buffer.from('TOBEORNOTTOBEORTOBEORNOT')
  const packed = compress(plain)
  expect(Buffer.from(decompress(packed, most))).toEqual(plain)
  expect(packed.length).toBeLessThan(plain.length)
})

test('nothing, one byte, repetition and a full table come back', () => {
  const noise = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 2654435761) >>> 13)
  for (const plain of [new Uint8Array(0), Uint8Array.of(7), new Uint8Array(100_000), noise]) {
    expect(Buffer.from(decompress(compress(plain), most)).equals(plain)).toBe(true)
  }
})

test('a bomb is refused as soon as it passes the limit', () => {
  const bomb = compress(new Uint8Array(8 << 20))
  expect(bomb.length).toBeLessThan(20_000)
  expect(() => decompress(bomb, most)).toThrow(WireError)
})

test('bytes that end early and codes that cannot be are refused', () => {
  expect(() => decompress(compress(Buffer.from('abcabcabc')).subarray(0, 3), most)).toThrow(WireError)
  expect(() => decompress(Uint8Array.of(0xff, 0xff, 0xff), most)).toThrow(WireError)
})
