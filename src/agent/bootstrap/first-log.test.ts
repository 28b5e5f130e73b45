import { expect, test } from 'bun:test'
import { systemClock } from '../../clock.ts'
import { silentLog } from '../../log.ts'
import type { FirstLog } from '../../supervisor/replicated-log/first.ts'
import type { Ensemble } from '../local/memory.ts'
import { openFirstLog } from './first-log.ts'

const first: FirstLog = { workDir: '/work', commands: [['mesos-log']], env: {} }

/** A machine of a new cluster, whose `mesos-log` does what it is told to, and whose timers fire when told to. */
function machine(initialize: () => Promise<void>) {
  const done: string[] = []
  const timers: (() => void)[] = []
  const cluster = {
    id: crypto.randomUUID(),
    simulated: false,
    bornAt: '2026-01-01T00:00:00.000Z',
    servers: [],
  }
  let ensemble: Ensemble & { kind: 'managed' } = {
    kind: 'managed',
    cluster,
    address: '10.0.0.1',
    founder: true,
    firstLog: true,
  }
  const log = openFirstLog({
    place: {
      ensemble: () => ensemble,
      logBegun() {
        if (!ensemble.firstLog) return
        ensemble = { ...ensemble, firstLog: false }
        done.push(`on disk: ${ensemble.firstLog}`)
      },
    },
    async initialize() {
      await initialize()
      done.push('initialised')
    },
    random: () => 0,
    clock: {
      ...systemClock,
      after(_, run) {
        timers.push(run)
        return () => {}
      },
    },
    log: silentLog,
    onChange: () => done.push(`wanted: ${JSON.stringify(log.wanted())}`),
  })
  return { log, done, fire: () => timers.shift()?.() }
}

test('that it is done is on disk before mesos-master may run', async () => {
  const { log, done } = machine(async () => {})
  expect(log.wanted()).toEqual({ firstLog: {} })
  log.begin(first)
  log.begin(first)
  await log.stop()
  expect(done).toEqual(['initialised', 'on disk: false'])
  expect(log.wanted()).toEqual({})
})

test('what fails is told, and tried again after a while', async () => {
  let works = false
  const { log, done, fire } = machine(async () => {
    if (!works) throw new Error('no room')
  })
  const settled = () => Bun.sleep(0)
  log.begin(first)
  await settled()
  expect(log.wanted()).toEqual({ firstLog: { problem: { reason: 'no room' } } })
  works = true
  log.begin(first)
  await settled()
  expect(done).not.toContain('initialised')
  fire()
  log.begin(first)
  await settled()
  expect(log.wanted()).toEqual({})
})

test('a mesos-master that runs has a log that is no longer a new one, whoever began it', () => {
  const { log, done } = machine(async () => {})
  log.over()
  log.over()
  expect(done).toEqual(['on disk: false'])
  expect(log.wanted()).toEqual({})
})
