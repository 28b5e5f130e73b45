import { expect, test } from 'bun:test'
import { z } from 'zod'
import { port } from './kind/number.ts'
import { yes } from './kind/text.ts'
import { factsOf, option } from './option.ts'
import { optionAt, optionsIn } from './walk.ts'

const http = { text: 'Port of HTTP.', change: 'restart', local: true } as const
const https = { text: 'Port of HTTPS.', change: 'rolling' } as const
const schema = z.strictObject({
  web: z
    .strictObject({ 'http.port': option(port.default(80), http), https: option(port, https).optional() })
    .prefault({}),
  names: option(z.record(z.string(), yes).default({}), { text: 'Names.', change: 'live' }),
})

test('one kind makes several options, and each keeps its own facts behind wrappers', () => {
  expect(factsOf(schema.shape.web.def.innerType.shape['http.port'])).toEqual(http)
  expect(factsOf(schema.shape.web.def.innerType.shape.https)).toEqual(https)
  expect(factsOf(option(port, http).optional())).toEqual(http)
  expect(factsOf(port)).toBeUndefined()
})

test('all options are one list', () => {
  expect(optionsIn(schema).map(({ path, facts }) => [path, facts.text])).toEqual([
    [['web', 'http.port'], 'Port of HTTP.'],
    [['web', 'https'], 'Port of HTTPS.'],
    [['names'], 'Names.'],
  ])
})

test('a path leads to its option, also from inside the value', () => {
  expect(optionAt(schema, ['web', 'https'])?.facts).toEqual(https)
  expect(optionAt(schema, ['names', 'a'])?.path).toEqual(['names'])
  expect(optionAt(schema, ['web'])).toBeUndefined()
  expect(optionAt(schema, ['web', 'ftp'])).toBeUndefined()
})
