import { expect, test } from 'bun:test'
import { isApart, type Look, patienceFor, reachedAt } from './isolation.ts'

const patienceMs = patienceFor(10_000)

/** Looks at three servers at these times; what the last of them says. One of them is its own. */
function after(looks: [began: number, tookMs: number, reached: number][]): string | undefined {
  let since: number | undefined
  let told: string | undefined
  for (const [began, tookMs, reached] of looks) {
    const look: Look = { began, ended: began + tookMs, of: 3, reached }
    since = reachedAt(since, look)
    told = isApart(since, look, patienceMs)
  }
  return told
}

test('a leading master ends before its session would have, where no majority is reached', () => {
  expect(patienceMs).toBe(7500)
  expect(after([[0, 5, 3]])).toBeUndefined()
  expect(
    after([
      [0, 5, 3],
      [2000, 1000, 1],
      [6000, 1000, 1],
    ]),
  ).toBeUndefined()
  expect(
    after([
      [0, 5, 3],
      [2000, 1000, 1],
      [6500, 1000, 1],
    ]),
  ).toBe(
    'this machine has reached no majority of the ZooKeeper servers for 8 s, and another master may lead by now',
  )
})

test('a majority that was reached once in between begins the time anew', () => {
  expect(
    after([
      [0, 1000, 1],
      [5000, 5, 2],
      [9000, 1000, 1],
    ]),
  ).toBeUndefined()
})

test('who has never reached one is let alone: a firewall may be in its way, and nothing has changed', () => {
  expect(
    after([
      [0, 1000, 1],
      [60_000, 1000, 1],
    ]),
  ).toBeUndefined()
})

test('who slept while it looked knows nothing, and looks once more', () => {
  expect(
    after([
      [0, 5, 3],
      [1000, 60_000, 1],
    ]),
  ).toBeUndefined()
  expect(
    after([
      [0, 5, 3],
      [1000, 60_000, 1],
      [62_000, 5, 3],
    ]),
  ).toBeUndefined()
  expect(
    after([
      [0, 5, 3],
      [1000, 60_000, 1],
      [62_000, 1000, 1],
    ]),
  ).toContain('for 63 s')
})

test('of a short session half is left to look in', () => {
  expect(patienceFor(4000)).toBe(2000)
})
