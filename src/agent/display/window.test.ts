import { expect, test } from 'bun:test'
import { windowOf } from './window.ts'

const terminal = { columns: 10, rows: 5 }

test('a text that has room is shown whole', () => {
  expect(windowOf('a\nb\nc\nd', terminal)).toBe('a\nb\nc\nd')
})

test('of a longer one the beginning stays in sight, and it is said that there is more', () => {
  expect(windowOf('a\nb\nc\nd\ne', terminal)).toBe('a\nb\nc\n… 2 more lines')
  expect(windowOf('a\n0123456789abc\nd\ne', terminal)).toBe('a\n0123456789abc\n… 2 more lines')
})

test('colours take no room', () => {
  const red = '\u001b[31m0123456789\u001b[0m'
  expect(windowOf([red, red, red, red].join('\n'), terminal)).toBe([red, red, red, red].join('\n'))
})
