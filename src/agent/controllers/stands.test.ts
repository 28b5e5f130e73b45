import { expect, test } from 'bun:test'
import { isStanding } from './stands.ts'

test('a change stands when it is over, halted or paused', () => {
  const states = ['running', 'done', 'aborted', 'halted', 'paused'] as const
  expect(states.filter((state) => isStanding({ state }, false))).toEqual(states.slice(1))
})

test('a change that was taken back stands once that is seen, or another one is in its place', () => {
  expect(isStanding({ state: 'halted' }, true)).toBe(false)
  expect(isStanding({ state: 'running', back: true }, true)).toBe(false)
  expect(isStanding({ state: 'halted', back: true }, true)).toBe(true)
  expect(isStanding({ state: 'aborted', back: true }, true)).toBe(true)
  expect(isStanding({ state: 'aborted' }, true)).toBe(true)
})
