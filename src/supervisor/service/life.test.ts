import { describe, expect, test } from 'bun:test'
import { type Life, type LifeEvent, newborn, step } from './life.ts'

const restart = { firstMs: 100, maxMs: 1000, healthyMs: 5000 }

/** Lets events happen one after the other, all at `now`. */
function live(events: (LifeEvent | { at: number })[], from: Life = newborn, startMs?: number) {
  let now = 0
  let life = from
  const actions: string[] = []
  for (const event of events) {
    if ('at' in event) {
      now = event.at
      continue
    }
    const next = step(life, event, { restart, startMs, now, random: () => 1 })
    life = next.life
    if (next.action) actions.push(next.action.kind === 'wake' ? `wake ${next.action.afterMs}` : 'start')
  }
  return { life, actions }
}

const free: LifeEvent = { kind: 'needs', missing: undefined }
const started: LifeEvent = { kind: 'started' }
const well: LifeEvent = { kind: 'probed', problem: undefined }
const ill: LifeEvent = { kind: 'probed', problem: 'no answer' }
const exited: LifeEvent = { kind: 'exited', reason: 'killed by SIGKILL', blame: 'outside', output: [] }
const faulty: LifeEvent = { kind: 'exited', reason: 'wrong flag', blame: 'own', output: ['wrong flag'] }
const lacking: LifeEvent = { kind: 'exited', reason: 'lost ZooKeeper', blame: 'elsewhere', output: [] }
const woken: LifeEvent = { kind: 'woken' }
const crash = [free, started, exited, woken]

describe('the life of a service', () => {
  test('waits for what it needs, starts, gets ready', () => {
    const waiting = live([{ kind: 'needs', missing: 'zookeeper' }])
    expect(waiting).toEqual({
      life: { state: 'waiting', reason: 'for zookeeper', attempt: 0, restarts: 0 },
      actions: [],
    })
    const { life, actions } = live([free, started, ill, well], waiting.life)
    expect(life.state).toBe('ready')
    expect(life.reason).toBeUndefined()
    expect(actions).toEqual(['start'])
  })

  test('tells what keeps it from being ready, as long as it takes', () => {
    expect(live([free, started, ...Array(50).fill(ill)]).life).toMatchObject({
      state: 'starting',
      reason: 'no answer',
    })
  })

  test('is degraded, and left alone, where it has a time to be ready in and is not', () => {
    const { life, actions } = live([free, started, { at: 19_999 }, ill], newborn, 20_000)
    expect({ state: life.state, actions }).toEqual({ state: 'starting', actions: ['start'] })
    const late = live([{ at: 20_000 }, ill], life, 20_000)
    expect(late).toMatchObject({
      life: { state: 'degraded', reason: 'not ready after 20 s: no answer' },
      actions: [],
    })
    expect(live([ill, well], late.life, 20_000).life.state).toBe('ready')
  })

  test('is degraded by the third miss in a row, and by none before', () => {
    const ready = live([free, started, well]).life
    expect(live([ill, ill], ready).life.state).toBe('ready')
    expect(live([ill, ill, well, ill, ill], ready).life.state).toBe('ready')
    expect(live([ill, ill, ill], ready).life).toMatchObject({ state: 'degraded', reason: 'no answer' })
    expect(live([ill, ill, ill, well], ready).life.state).toBe('ready')
  })

  test('waits twice as long after each end, up to the most', () => {
    const { actions } = live([...crash, ...crash, ...crash, ...crash, ...crash, ...crash])
    const waits = actions.filter((action) => action !== 'start')
    expect(waits).toEqual(['wake 100', 'wake 200', 'wake 400', 'wake 800', 'wake 1000', 'wake 1000'])
  })

  test('names a crash loop from the third end in a row on', () => {
    expect(live([...crash, free, started, exited]).life.reason).toBe('killed by SIGKILL')
    expect(live([...crash, ...crash, free, started, exited]).life.reason).toBe(
      'crash loop (3 ends in a row): killed by SIGKILL',
    )
  })

  test('has failed when it ends by its own fault for the fifth time in a row, and is tried once a minute then', () => {
    const fall = [free, started, faulty, woken]
    const four = live([...fall, ...fall, ...fall, ...fall]).life
    expect(four).toMatchObject({ state: 'waiting', faults: 4 })
    const failed = live([free, started, faulty], four)
    expect(failed.life).toMatchObject({ state: 'failed', reason: 'wrong flag', output: ['wrong flag'] })
    expect(failed.actions).toEqual(['start', 'wake 60000'])
    const tried = live([woken, free, started, faulty], failed.life)
    expect(tried).toMatchObject({ life: { state: 'failed' }, actions: ['start', 'wake 60000'] })
    const mended = live([{ at: 0 }, woken, free, started, well, { at: 5000 }, faulty], failed.life)
    expect(mended.life).toMatchObject({ state: 'backing-off', faults: 1 })
  })

  test('never fails for what others did to it', () => {
    expect(live(Array(20).fill(crash).flat()).life.state).toBe('waiting')
  })

  test('waits for what it lacks elsewhere, without alarm, and starts at once when a need came back', () => {
    const ready = live([free, started, well]).life
    const lost = live([lacking], ready)
    expect(lost).toMatchObject({
      life: { state: 'waiting', reason: 'lost ZooKeeper' },
      actions: ['wake 100'],
    })
    expect(live([free, free], lost.life).life.state).toBe('waiting')
    expect(live([woken, free], lost.life).actions).toEqual(['start'])
    const seen = live([{ kind: 'needs', missing: 'a quorum' }, free], lost.life)
    expect(seen.actions).toEqual(['start'])
  })

  test('starts when somebody wants it to, whatever it rests for', () => {
    const wanted: LifeEvent = { kind: 'wanted' }
    const stopped = live([{ kind: 'stop', running: false, afterwards: 'rest' }]).life
    const backing = live([free, started, exited]).life
    const lost = live([free, started, lacking]).life
    for (const life of [stopped, backing, lost])
      expect(live([wanted, free], life)).toMatchObject({ life: { attempt: 0 }, actions: ['start'] })
    const running = live([free, started, well]).life
    expect(live([wanted], running).life).toEqual(running)
  })

  test('forgets earlier ends after a healthy spell, and only then', () => {
    const looping = live([...crash, ...crash, ...crash]).life
    const short = live([{ at: 0 }, free, started, well, { at: 4999 }, exited], looping)
    expect(short.actions.at(-1)).toBe('wake 800')
    const long = live([{ at: 0 }, free, started, well, { at: 5000 }, exited], looping)
    expect(long.actions.at(-1)).toBe('wake 100')
    expect(long.life.restarts).toBe(4)
  })

  test('counts the spell from when it was ready without a break', () => {
    const looping = live([...crash, ...crash, ...crash]).life
    const events = [free, started, well, { at: 4000 }, ill, ill, ill, well, { at: 6000 }, exited]
    expect(live(events, looping).actions.at(-1)).toBe('wake 800')
  })

  test('rests when its stop is done, or starts again where that was asked for', () => {
    const ready = live([free, started, well]).life
    const rest = live([{ kind: 'stop', running: true, afterwards: 'rest' }], ready).life
    expect(rest.state).toBe('stopping')
    expect(live([ill, well, woken, free], rest).life).toEqual(rest)
    expect(live([exited, woken, free], rest)).toMatchObject({ life: { state: 'stopped' }, actions: [] })
    const again = live([{ kind: 'stop', running: true, afterwards: 'start' }, exited], ready)
    expect(again.life.state).toBe('waiting')
    expect(live([{ kind: 'stop', running: false, afterwards: 'rest' }]).life.state).toBe('stopped')
  })

  test('says why it cannot be stopped, and goes on to its rest when it ends after all', () => {
    const stopping = live([free, started, { kind: 'stop', running: true, afterwards: 'rest' }]).life
    const stuck = live([{ kind: 'stop-failed', reason: 'still there' }], stopping).life
    expect(stuck).toMatchObject({ state: 'stopping', reason: 'still there' })
    expect(live([exited], stuck).life.state).toBe('stopped')
  })

  test('never starts a second copy, whatever happens in whatever order', () => {
    const events: LifeEvent[] = [
      free,
      { kind: 'needs', missing: 'zookeeper' },
      well,
      ill,
      woken,
      { kind: 'stop', running: true, afterwards: 'start' },
      { kind: 'wanted' },
    ]
    let seed = 7
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed / 2147483648
    }
    let life: Life = newborn
    let running = false
    for (let i = 0; i < 20_000; i++) {
      const chosen = running && random() < 0.1 ? exited : events[Math.floor(random() * events.length)]
      if (!chosen || (chosen.kind === 'stop' && !running)) continue
      if (chosen.kind === 'exited') running = false
      const next = step(life, chosen, { restart, now: i, random })
      life = next.life
      if (next.action?.kind === 'start') {
        expect(running).toBe(false)
        running = true
        life = step(life, started, { restart, now: i, random }).life
      }
      if (next.action?.kind === 'wake') {
        expect(next.action.afterMs).toBeGreaterThanOrEqual(restart.firstMs / 2)
        expect(next.action.afterMs).toBeLessThanOrEqual(restart.maxMs)
      }
    }
    expect(life.restarts).toBeGreaterThan(10)
  })
})
