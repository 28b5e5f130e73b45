import { expect, test } from 'bun:test'
import { portNumbers } from './ports.ts'

test.each([
  ['[31000-31002, 31010-31010]', [31000, 31001, 31002, 31010], false],
  ['[]', [], false],
  ['', [], false],
  ['[5-3]', [], false],
  ['[65535-65536]', [65535, 65536], false],
  ['[a-b, 31050-31050]', [31050], true],
  ['31000-31001', [], true],
  ['[31000]', [], true],
  ['[0-99999999999]', [], true],
  ['[31001-31001, 31000-31001]', [31001, 31000], false],
  ['[ 31000 - 31000 ]', [31000], false],
  ['x[31000-31000]', [31000], false],
  ['[31000-31000] ', [31000], false],
  ['[31000-31000', [], true],
  ['[31000-31001-31002, 5-6]', [5, 6], true],
])('ports %s', (text, numbers, odd) => expect(portNumbers(text)).toEqual({ numbers, odd }))
