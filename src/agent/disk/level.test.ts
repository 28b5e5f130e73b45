import { expect, test } from 'bun:test'
import { helps, levelOf, roomText } from './level.ts'

const gib = 1024 ** 3

test.each([
  ['a big disk with plenty', { free: 50 * gib, total: 1000 * gib }, 'ok'],
  ['a big disk with three GiB, though that is little of it', { free: 3 * gib, total: 1000 * gib }, 'ok'],
  ['a big disk with one GiB', { free: gib, total: 1000 * gib }, 'low'],
  ['a big disk with a quarter of a GiB', { free: 0.25 * gib, total: 1000 * gib }, 'full'],
  ['a small disk with a fifth', { free: 0.2 * gib, total: gib }, 'ok'],
  ['a small disk with a twentieth', { free: 0.05 * gib, total: gib }, 'low'],
  ['a small disk with a fiftieth', { free: 0.02 * gib, total: gib }, 'full'],
  ['a disk without anything', { free: 0, total: gib }, 'full'],
] as const)('%s', (_, room, level) => expect(levelOf(room)).toBe(level))

test('words tell what is left', () => {
  expect(roomText({ free: gib, total: 1000 * gib })).toBe('1024 MB of 1024000 MB')
})

test('more room helps where the disk gets out of one trouble, be it into a smaller one', () => {
  const room = { free: 0.25 * gib, total: 1000 * gib }
  expect(helps(room, 0.2 * gib)).toBe(false)
  expect(helps(room, 0.25 * gib)).toBe(true)
  expect(helps({ ...room, free: gib }, 0.5 * gib)).toBe(false)
})
