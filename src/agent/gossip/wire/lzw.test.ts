import { expect, test } from 'bun:test'
import { WireError } from './codec.ts'
import { compress, decompress } from './lzw.ts'

const most = 1 << 20

test('writes the codes that Go writes: a clear, then words that grow', () => {
  // lzw.NewWriter(w, lzw.LSB, 8) for "aaaa": clear, a, aa (258), a, end; nine bits each
  const bits = [256, 97, 258, 97, 257].map((code) => code.toString(2).padStart(9, '0'))
  const stream = [...bits].reverse().join('').padStart(48, '0')
  const bytes = (stream.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)).reverse()
  expect([...compress(Buffer.from('aaaa'))]).toEqual(bytes)
  expect(Buffer.from(decompress(Uint8Array.from(bytes), 10)).toString()).toBe('aaaa')
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
