import { expect, test } from 'bun:test'
import { judgeOffsets, type Offset } from './clock.ts'

const offsets = (...ms: number[]): Offset[] => ms.map((each, at) => ({ name: `m${at + 2}`, ms: each }))

test('the clock is off that most of the others contradict', () => {
  expect(judgeOffsets(offsets(5012, 4980, 5001))).toMatchObject({
    severity: 'failed',
    what: 'the clock of this machine is 5.0 s behind',
    command: 'timedatectl set-ntp true',
  })
  expect(judgeOffsets(offsets(-5000, -5100))?.what).toContain('5.0 s ahead')
})

test('one among several that goes wrong is its own problem, not ours', () => {
  expect(judgeOffsets(offsets(5000, 3, -8))).toBeUndefined()
  expect(judgeOffsets(offsets(5000, 3))).toBeUndefined()
})

test('of two clocks nobody knows which is right: both tell of it', () => {
  expect(judgeOffsets(offsets(5000))?.why).toContain('m2')
})

test('what a packet takes on its way is no difference', () => {
  expect(judgeOffsets(offsets(300, -200, 900))).toBeUndefined()
  expect(judgeOffsets([])).toBeUndefined()
})
