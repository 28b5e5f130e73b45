import { describe, expect, test } from 'bun:test'
import { agentTail, fragment, hash, sanitise } from './label.ts'

describe('a label', () => {
  const a61 = 'a'.repeat(61)
  test.each([
    ['web', 'web'],
    ['My_App.v2/prod', 'my-app-v2prod'],
    ['ChronosTask:nightly-report', 'chronostasknightly-report'],
    ['--lead--', 'lead'],
    ['9lives', '9lives'],
    ['café au lait', 'cafaulait'],
    ['@/ é', ''],
    ['a'.repeat(70), 'a'.repeat(63)],
    [`${a61}--b-c`, `${a61}b-`],
    [`${'a'.repeat(62)}-`, 'a'.repeat(62)],
    ['İ', ''],
  ])('%s becomes %s', (text, label) => expect(sanitise(text, 'rfc1123')).toBe(label))

  test.each([
    ['9-lives', 'lives'],
    ['a'.repeat(30), 'a'.repeat(24)],
    ['1234', ''],
  ])('%s becomes %s by RFC 952', (text, label) => expect(sanitise(text, 'rfc952')).toBe(label))
})

test('a framework name keeps its dots', () => {
  expect(fragment('chronos-2.4.0', 'rfc1123')).toBe('chronos-2.4.0')
  expect(fragment('..Marathon._.Prod/x', 'rfc1123')).toBe('marathon.prodx')
})

test.each([
  ['', '5eh48'],
  ['a', 'o556e'],
  ['id-0', 'nki7o'],
  ['web.11111111-2222-3333-4444-555555555555', 'z53fi'],
])('the hash of "%s" is %s', (id, text) => expect(hash(id)).toBe(text))

test.each([
  ['20160107-001256-134875658-5050-27524-S3', 's3'],
  ['2015-5050-2116-0', '0'],
  ['Plain', 'plain'],
])('the agent tail of %s is %s', (id, tail) => expect(agentTail(id)).toBe(tail))
