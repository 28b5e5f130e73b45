import { describe, expect, test } from 'bun:test'
import { encoded, WireError } from './codec.ts'
import { bytes, dictionary, list, optional, struct, text, u8, u16, u32, u53 } from './msgpack.ts'

const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const from = (digits: string) => ({ bytes: Buffer.from(digits, 'hex'), at: 0 })

describe('the old dialect', () => {
  test('numbers take their smallest width', () => {
    const widths = [0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]
    expect(widths.map((value) => hex(encoded(u53, value)))).toEqual([
      '00',
      '7f',
      'cc80',
      'ccff',
      'cd0100',
      'cdffff',
      'ce00010000',
      'ceffffffff',
      'cf0000000100000000',
      'cf001fffffffffffff',
    ])
    for (const value of widths) expect(u53.decode({ bytes: encoded(u53, value), at: 0 })).toBe(value)
  })

  test('text and bytes are raw of 5, 16 or 32 bits of length, never str8 or bin', () => {
    expect(hex(encoded(text, 'ab'))).toBe('a26162')
    expect(hex(encoded(text, 'x'.repeat(32))).slice(0, 6)).toBe('da0020')
    expect(hex(encoded(bytes, new Uint8Array(65536))).slice(0, 10)).toBe('db00010000')
    expect(hex(encoded(bytes, new Uint8Array(0)))).toBe('c0')
  })

  test('str8, bin8 and bin16 of newer peers are understood', () => {
    expect(text.decode(from('d9026162'))).toBe('ab')
    expect(hex(bytes.decode(from('c4026162')))).toBe('6162')
    expect(hex(bytes.decode(from('c500026162')))).toBe('6162')
  })
})

describe('structures', () => {
  const place = struct({ Name: text, Port: u16, Note: optional(text) })

  test('are maps with the names of the fields; what may be left out is left out', () => {
    const value = { Name: 'a', Port: 7, Note: '' }
    expect(hex(encoded(place, value))).toBe('82a44e616d65a161a4506f727407')
    expect(place.decode({ bytes: encoded(place, value), at: 0 })).toEqual(value)
  })

  test('pass over unknown fields of any type, and take absent and nil ones as zero', () => {
    // {"X": [1, {"y": 1.5}, nil], "Name": nil, "Z": ext, "Port": 3}
    const wire =
      '84a1589301' + '81a179cb3ff8000000000000' + 'c0' + 'a44e616d65c0' + 'a15ad40100' + 'a4506f727403'
    expect(place.decode(from(wire))).toEqual({ Name: '', Port: 3, Note: '' })
  })

  test('lists and maps go both ways', () => {
    const many = Array.from({ length: 20 }, (_, i) => i * 1000)
    const numbers = list(u32, 100)
    expect(numbers.decode({ bytes: encoded(numbers, many), at: 0 })).toEqual(many)
    const words = dictionary(text, 100)
    const map = new Map(many.map((n) => [`key ${n}`, `värde ${n}`]))
    expect(words.decode({ bytes: encoded(words, map), at: 0 })).toEqual(map)
  })
})

describe('what is refused', () => {
  test.each([
    ['a number over its width', () => u8.decode(from('cd0100'))],
    ['a negative number', () => u32.decode(from('ff'))],
    ['a number over what is exact', () => u53.decode(from('cfffffffffffffffff'))],
    ['text that is not UTF-8', () => text.decode(from('a1ff'))],
    ['a length past the end', () => bytes.decode(from('dbffffffff00'))],
    ['a list over its limit', () => list(u8, 10).decode(from('ddffffffff'))],
    ['a map over its limit', () => dictionary(u8, 10).decode(from('dfffffffff'))],
    ['a reserved type', () => struct({}).decode(from('81a158c1'))],
    ['nothing', () => struct({}).decode(from(''))],
  ])('%s', (_, run) => {
    expect(run).toThrow(WireError)
  })

  test('a million nested lists cost no stack', () => {
    const nested = Buffer.concat([
      Buffer.from('81a158', 'hex'),
      Buffer.alloc(1_000_000, 0x91),
      Buffer.from([0]),
    ])
    expect(struct({}).decode({ bytes: nested, at: 0 })).toEqual({})
  })
})
