import { expect, test } from 'bun:test'
import { suspicionMs } from './suspicion.ts'
import {
  pushPullInterval,
  retransmitLimit,
  shortestSuspicion,
  timings,
  wantedConfirmations,
} from './timing.ts'

const { lan } = timings

test('a suspicion goes from its longest to its shortest time, the first confirmations counting most', () => {
  const at = [0, 1, 2, 3].map((confirmations) => Math.round(suspicionMs(confirmations, 3, 2000, 30_000)))
  expect(at).toEqual([30_000, 16_000, 7811, 2000])
  expect(suspicionMs(9, 3, 2000, 30_000)).toBe(2000)
})

test('without others to confirm it, a suspicion is short from the start', () => {
  expect(suspicionMs(0, 0, 2000, 30_000)).toBe(2000)
  expect([2, 3, 4, 100].map((members) => wantedConfirmations(lan, members))).toEqual([0, 0, 2, 2])
})

test('times and counts grow with the logarithm of the members', () => {
  expect([1, 10, 100, 10_000].map((members) => shortestSuspicion(lan, members))).toEqual([
    4000, 4000, 8000, 16_000,
  ])
  expect([1, 9, 10, 99, 10_000].map((members) => retransmitLimit(lan, members))).toEqual([4, 4, 8, 8, 20])
  expect([1, 32, 33, 65, 1000].map((members) => pushPullInterval(lan, members) / lan.pushPullMs)).toEqual([
    1, 1, 2, 3, 6,
  ])
})
