import { describe, expect, test } from 'bun:test'
import { type App, defineApp, isInvalid } from './app.ts'
import type { Instance } from './instance.ts'
import { delayAfter, isSettled, planApp } from './plan.ts'

const app = (more: Record<string, unknown> = {}): App => {
  const defined = defineApp({ id: '/web', cmd: 'x', instances: 2, ...more }, undefined, 'v2')
  if (isInvalid(defined)) throw new Error(JSON.stringify(defined))
  return defined
}
let made = 0
const instance = (more: Partial<Instance> = {}): Instance => ({
  id: `web.${made++}`,
  appId: '/web',
  version: 'v2',
  agentId: 'S0',
  host: 'h',
  ip: '10.0.0.1',
  ports: [],
  state: 'TASK_RUNNING',
  stagedAt: `2026-01-01T00:00:${String(made).padStart(2, '0')}Z`,
  ...more,
})

describe('an app is brought to its number', () => {
  test('missing ones are launched, those that are being killed do not count', () => {
    expect(planApp(app(), [])).toEqual({ launch: 2, kill: [] })
    expect(planApp(app(), [instance(), instance({ killing: true })]).launch).toBe(1)
  })

  test('of too many the youngest go, those that do not run first', () => {
    const list = [instance(), instance(), instance({ state: 'TASK_STAGING' }), instance()]
    expect(planApp(app(), list).kill).toEqual([list[2], list[3]] as Instance[])
  })

  test('without an app all go', () => {
    const list = [instance()]
    expect(planApp(undefined, list)).toEqual({ launch: 0, kill: list })
    expect([isSettled(undefined, list), isSettled(undefined, [])]).toEqual([false, true])
  })
})

describe('a new version', () => {
  const old = [instance({ version: 'v1' }), instance({ version: 'v1' })]

  test('comes beside the old one, which goes as the new one runs', () => {
    expect(planApp(app(), old)).toEqual({ launch: 2, kill: [] })
    const staging = instance({ state: 'TASK_STAGING' })
    expect(planApp(app(), [...old, staging, staging])).toEqual({ launch: 0, kill: [] })
    expect(planApp(app(), [...old, instance(), staging]).kill).toEqual([old[0]] as Instance[])
    expect(isSettled(app(), [instance(), instance()])).toBe(true)
  })

  test('without room beside it takes the place of the old one', () => {
    const tight = app({ upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 } })
    expect(planApp(tight, old)).toEqual({ launch: 0, kill: [old[0]] as Instance[] })
    expect(planApp(tight, [{ ...(old[0] as Instance), killing: true }, old[1] as Instance]).launch).toBe(1)
  })
})

test('the delay grows with each failure and is over after a long run', () => {
  const of = app({ backoffSeconds: 1, backoffFactor: 2, maxLaunchDelaySeconds: 5 })
  const first = delayAfter(of, undefined, 0, 100)
  const second = delayAfter(of, first, 0, 100)
  const fourth = delayAfter(of, delayAfter(of, second, 0, 100), 0, 100)
  expect([first.until, second.until, fourth.until]).toEqual([1000, 2000, 5000])
  expect(delayAfter(of, fourth, 0, 100_000).until).toBe(1000)
})
