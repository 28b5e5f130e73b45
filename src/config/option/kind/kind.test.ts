import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { option } from '../option.ts'
import { acls } from './acls.ts'
import { address, addressList } from './address.ts'
import { attributes } from './attributes.ts'
import { duration, durationFrom, milliseconds } from './duration.ts'
import { fileValue, isReference } from './file-value.ts'
import { json } from './json.ts'
import { kindOf, written } from './kind.ts'
import { list } from './list.ts'
import { decimal, integer, port, ratio } from './number.ts'
import { ours } from './ours.ts'
import { percentage } from './percentage.ts'
import { rate } from './rate.ts'
import { resources } from './resources.ts'
import { bytes, size } from './size.ts'
import { choice, path, text, yes } from './text.ts'
import { weights } from './weights.ts'
import { zkUrl } from './zk-url.ts'

const kinds = {
  ...{ acls, address, addressList, attributes, duration, json, percentage, port, rate, ratio, resources },
  ...{ size, path, text, yes, weights, zkUrl },
  integer: integer(3, 9),
  anyInteger: integer(),
  decimal: decimal(0.5, 4),
  anyDecimal: decimal(),
  choice: choice('one', 'other'),
  list: list(text),
  ports: list(port),
  fileValue: fileValue(acls),
  ours: ours('because'),
}

describe('every kind takes its good values and refuses its bad ones, with a reason', () => {
  for (const [name, schema] of Object.entries(kinds))
    test(name, () => {
      const about = kindOf(schema)
      for (const value of about?.good ?? [])
        expect({ value, taken: schema.safeParse(value).success }).toEqual({ value, taken: true })
      for (const value of about?.bad ?? []) {
        const { success, error } = schema.safeParse(value)
        expect({ value, success }).toEqual({ value, success: false })
        expect(error?.issues.every(({ message }) => !message.startsWith('Invalid'))).toBe(true)
      }
    })
})

describe('kinds', () => {
  test('are known through refinements, wrappers and options', () => {
    const facts = { text: 'x', change: 'live' } as const
    expect(kindOf(option(durationFrom('10mins').optional(), facts).default('1hrs'))?.name).toBe('duration')
    expect(kindOf(list(duration))?.name).toBe('list of duration')
    expect(kindOf(z.string())).toBeUndefined()
  })

  test('durations and sizes can be compared', () => {
    expect([milliseconds('1.5mins'), milliseconds('1us'), bytes('2KB')]).toEqual([90_000, 0.001, 2048])
    expect(milliseconds('soon')).toBeNaN()
    expect(durationFrom('10mins').safeParse('599secs').success).toBe(false)
    expect(durationFrom('10mins').safeParse('1weeks').success).toBe(true)
  })

  test('a list may be a text with commas', () => {
    expect(list(text).parse('docker, mesos')).toEqual(['docker', 'mesos'])
    expect(addressList.safeParse(['10.0.0.1', 'b']).error?.issues[0]?.path).toEqual([1])
  })

  test('JSON in a text is read', () => {
    expect(json.parse('{"a": [1]}')).toEqual({ a: [1] })
    expect(weights.parse('prod=2, dev=0.5')).toEqual({ prod: 2, dev: 0.5 })
  })

  test('values are written as programs take them', () => {
    expect(written(list(text), ['a', 'b'])).toBe('a,b')
    expect(written(weights.optional(), { prod: 2, dev: 0.5 })).toBe('prod=2,dev=0.5')
    expect(written(attributes, { rack: 'r1', zone: 3 })).toBe('rack:r1;zone:3')
    expect(written(acls, { permissive: true })).toBe('{"permissive":true}')
    expect(written(json, [1])).toBe('[1]')
    expect(written(resources, [{ name: 'cpus' }])).toBe('[{"name":"cpus"}]')
    expect(written(port, 80)).toBe('80')
  })

  test('a file is meant by its path', () => {
    expect(['/a', 'file:///a', '{"a": 1}', { a: 1 }, 'a'].map(isReference)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(written(fileValue(acls), '/etc/acls')).toBe('file:///etc/acls')
    expect(written(fileValue(acls), { permissive: true })).toBe('{"permissive":true}')
  })
})
