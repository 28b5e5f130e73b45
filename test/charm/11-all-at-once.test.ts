import { expect, test } from 'bun:test'
import { decideActions } from '../../src/agent/plan/actions.ts'
import { forecast } from '../../src/agent/rollout/forecast.ts'
import type { Seen } from '../../src/agent/rollout/order.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import { importedConfig, inputFor } from './planned.ts'

/** Point 11 of the charm's faults: every change restarted every service on every machine at once. */
const before = importedConfig({})

function actionsOf(options: Record<string, unknown>, controller: boolean) {
  const ran = inputFor(before, controller)
  const now = { config: before, services: planServices(ran).services }
  return decideActions(inputFor(importedConfig(options), controller), now, false)
}

test('a change restarts the program whose option it is, on the machines that run it, and no other', () => {
  const restarted = (options: Record<string, unknown>, controller: boolean) =>
    actionsOf(options, controller)
      .filter(({ kind }) => kind === 'restart')
      .map(({ part, waits }) => ({ part, waits }))
  const cases: [Record<string, unknown>, string][] = [
    [{ zookeeper_tickTime: 3000 }, 'zookeeper'],
    [{ allocation_interval: '2secs' }, 'mesos-master'],
    [{ marathon_port: 8088 }, 'marathon'],
    [{ slave_attributes: 'rack:1' }, 'mesos-agent'],
  ]
  for (const [options, part] of cases)
    expect(restarted(options, true)).toEqual([{ part, waits: true } as never])
  expect(restarted({ zookeeper_tickTime: 3000 }, false)).toEqual([])
  expect(restarted({ dns_ttl: 5 }, true)).toEqual([])
})

test('a change of everything on a hundred machines never takes two controllers, nor more workers than may be away', () => {
  const options = { zookeeper_tickTime: 3000, allocation_interval: '2secs', marathon_port: 8088 }
  const waitsOf = (controller: boolean) =>
    actionsOf({ ...options, slave_attributes: 'rack:1' }, controller)
      .filter(({ waits }) => waits)
      .map(({ part }) => part)
  const machines = Array.from({ length: 100 }, (_, at): Seen => {
    const [controller, waits] = [at < 5, waitsOf(at < 5)]
    const name = `m${at}`
    const leads = at === 0 ? waits : []
    const own = { id: name, name, address: name, controller }
    const told = { version: 1, digest: 'x', refuses: false, ready: true }
    return { ...own, ...told, waits, serves: waits, leads }
  })
  const { maxUnavailable, canary } = before.rollout
  const limits = { maxUnavailable, canary, wordMs: 1000 }
  const order = forecast(undefined, {
    ...{ document: { version: 1, digest: 'x' }, machines, lacks: [], limits, waitedMs: 0 },
  })
  expect(order.slice(0, 5)).toEqual([['m1'], ['m2'], ['m3'], ['m4'], ['m0']])
  const [canaries, ...batches] = order.slice(5)
  expect(canaries).toHaveLength(1)
  for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(10)
  expect(order.flat().toSorted()).toEqual(machines.map(({ name }) => name).toSorted())
})
