import { describe, expect, test } from 'bun:test'
import type { Clock } from '../../clock.ts'
import { openReloader } from './reload.ts'

/** A clock that stands still until it is told to go on. */
function stoppedClock() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
  }
  async function pass(ms: number): Promise<void> {
    const until = now + ms
    await Bun.sleep(0)
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers = timers.filter((one) => one !== next)
      now = Math.max(now, next.at)
      next.run()
      await Bun.sleep(0)
    }
    now = until
    await Bun.sleep(0)
  }
  return { clock, pass }
}

function scene(tookMs: number, good: () => boolean = () => true) {
  const { clock, pass } = stoppedClock()
  const begun: number[] = []
  const reloader = openReloader({
    everyMs: 60_000,
    gatherMs: 200,
    clock,
    random: () => 1,
    load: () => {
      begun.push(clock.monotonic())
      if (tookMs === 0) return Promise.resolve(good())
      return new Promise((resolve) => clock.after(tookMs, () => resolve(good())))
    },
  })
  return { reloader, begun, pass }
}

describe('the state is loaded', () => {
  test('regularly', async () => {
    const { reloader, begun, pass } = scene(0)
    void reloader.refresh()
    await pass(125_000)
    expect(begun).toEqual([0, 60_000, 120_000])
  })

  test('once for all triggers that come together', async () => {
    const { reloader, begun, pass } = scene(0)
    void reloader.refresh()
    await pass(50)
    for (let i = 0; i < 5; i++) reloader.trigger()
    await pass(1_000)
    expect(begun).toEqual([0, 200])
  })

  test('less often the longer it takes', async () => {
    const { reloader, begun, pass } = scene(1_000)
    void reloader.refresh()
    for (let i = 0; i < 60; i++) {
      await pass(100)
      reloader.trigger()
    }
    expect(begun).toEqual([0, 1_000, 3_000, 5_000])
  })

  test('again after a failure, with growing waits, a second at most', async () => {
    const { reloader, begun, pass } = scene(0, () => false)
    void reloader.refresh()
    await pass(4_000)
    expect(begun).toEqual([0, 250, 750, 1_750, 2_750, 3_750])
  })

  test('no more once it is stopped', async () => {
    const { reloader, begun, pass } = scene(0)
    void reloader.refresh()
    await pass(10)
    await reloader.stop()
    reloader.trigger()
    await pass(200_000)
    expect(begun).toEqual([0])
  })
})
