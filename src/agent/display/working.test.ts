import { expect, test } from 'bun:test'
import type { Clock } from '../../clock.ts'
import { working } from './working.ts'

/** A clock that a test sets forward. */
function handClock() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  return {
    monotonic: () => now,
    after(ms: number, run: () => void) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
    forward(ms: number) {
      for (const end = now + ms; now < end; ) {
        now += 100
        const due = timers.filter(({ at }) => at <= now)
        timers = timers.filter(({ at }) => at > now)
        for (const { run } of due) run()
      }
    },
  }
}

async function told(live: boolean, ms: number): Promise<string[]> {
  const said: string[] = []
  const clock = handClock()
  const { promise, resolve } = Promise.withResolvers<string>()
  const screen = { live, note: (text: string) => void said.push(text) }
  const result = working(screen, 'moving', promise, clock as unknown as Clock)
  clock.forward(ms)
  resolve('moved')
  expect(await result).toBe('moved')
  clock.forward(5000)
  return said
}

test('what takes less than a second is not told', async () => {
  expect(await told(true, 900)).toEqual([])
  expect(await told(false, 900)).toEqual([])
})

test('on a terminal the seconds count on one line, which goes away at the end', async () => {
  expect(await told(true, 2500)).toEqual([
    '  moving … 1s',
    '\u001b[1A\u001b[2K  moving … 2s',
    '\u001b[1A\u001b[2K\u001b[1A',
  ])
})

test('elsewhere it is told once, in plain text', async () => {
  expect(await told(false, 30_000)).toEqual(['  moving …'])
})
