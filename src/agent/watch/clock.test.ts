import { expect, test } from 'bun:test'
import { judgeOffsets, type Offset } from './clock.ts'

const offsets = (...ms: number[]): Offset[] => ms.map((each, at) => ({ name: `m${at + 2}`, ms: each }))

test('the clock is off that most of the others contradict', () => {
  expect(judgeOffsets(offsets(5012, 4980, 5001))).toEqual({
    seconds: -5,
    than: ['m2', 'm3', 'm4'],
  })
  expect(judgeOffsets(offsets(-5000, -5100))?.seconds).toBe(5)
})

test('one among several that goes wrong is its own problem, not ours', () => {
  expect(judgeOffsets(offsets(5000, 3, -8))).toBeUndefined()
  expect(judgeOffsets(offsets(5000, 3))).toBeUndefined()
})

test('of two clocks nobody knows which is right: both tell of it', () => {
  expect(judgeOffsets(offsets(5000))?.than).toEqual(['m2'])
})

test('what a packet takes on its way is no difference', () => {
  expect(judgeOffsets(offsets(300, -200, 900))).toBeUndefined()
  expect(judgeOffsets([])).toBeUndefined()
})
