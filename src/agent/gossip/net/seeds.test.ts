import { expect, test } from 'bun:test'
import { parseSeed } from './seeds.ts'

test.each([
  ['10.0.0.7', '10.0.0.7', 7946],
  ['10.0.0.7:1', '10.0.0.7', 1],
  ['2001:DB8::1', '2001:db8::1', 7946],
  ['[2001:db8::1]', '2001:db8::1', 7946],
  ['[2001:db8::1]:9', '2001:db8::1', 9],
  ['node-1', 'node-1', 7946],
  ['node-1.example:80', 'node-1.example', 80],
])('%s is %s, port %i', (seed, host, port) => {
  expect(parseSeed(seed, 7946)).toEqual({ host, port })
})
