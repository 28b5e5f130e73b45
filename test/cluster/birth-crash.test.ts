import { Database } from 'bun:sqlite'
import { expect, setDefaultTimeout } from 'bun:test'
import { existsSync } from 'node:fs'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach, three } from './each.ts'
import { join, modeOf, urlOf } from './together.ts'

setDefaultTimeout(300_000)

/** Longer than a question waits for its answer. */
const partitionMs = 2100
const newCluster = clusterForEach()

type Step = 'promised' | 'accepted' | 'decided'

/** Whether the machine has come so far in the agreement, by what is on its disk. */
function hasReached(machine: Machine, step: Step): boolean {
  const path = `${machine.dataDir}/state/meshbox.db`
  if (!existsSync(path)) return false
  try {
    const disk = new Database(path, { readonly: true })
    try {
      const row = disk.query<{ value: string }, []>("SELECT value FROM memory WHERE topic = 'acceptor'").get()
      return row !== null && JSON.parse(row.value)[step] !== undefined
    } finally {
      disk.close()
    }
  } catch {
    return false // the table is not there yet
  }
}

async function reaches(machine: Machine, step: Step): Promise<void> {
  const reached = () => (hasReached(machine, step) ? true : undefined)
  expect(await until(systemClock, { everyMs: 2, timeoutMs: 60_000 }, reached)).toBe(true)
}

/** Every machine lives by the same record, and by one ensemble. */
async function isOneCluster(machines: Machine[]): Promise<void> {
  const statuses = await Promise.all(machines.map((each) => each.waitFor('readiness', ({ ready }) => ready)))
  expect(new Set(statuses.map((status) => status.cluster.id)).size).toBe(1)
  const modes = await Promise.all(machines.map(modeOf))
  expect(modes.sort()).toEqual(['follower', 'follower', 'leader'])
}

needsRoot('a machine crashes at each step of the agreement, the proposer first: one cluster', async () => {
  const { a, b, c } = await three(newCluster)
  const url = urlOf(a, b, c)
  const joins = [a, b, c].map((machine) => join(machine, url, '--timeout', '1'))
  for (const [machine, step] of [
    [a, 'promised'],
    [b, 'accepted'],
    [c, 'decided'],
  ] as const) {
    await reaches(machine, step)
    await machine.powerOff()
    joins.push(join(machine, url, '--timeout', '1'))
  }
  await Promise.all(joins)
  await isOneCluster([a, b, c])
})

needsRoot('a partition at each step of the agreement: one cluster', async () => {
  const { cluster, a, b, c } = await three(newCluster)
  const joins = [a, b, c].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '1'))
  for (const [machine, step, other] of [
    [b, 'promised', a],
    [c, 'accepted', a],
    [a, 'decided', b],
  ] as const) {
    await reaches(machine, step)
    cluster.partition(machine, other)
    await Bun.sleep(partitionMs)
    cluster.heal(machine, other)
  }
  await Promise.all(joins)
  await isOneCluster([a, b, c])
})

needsRoot(
  'one machine is alone with data: two others cannot be born beside it, and its data is never exchanged for theirs',
  async () => {
    const { cluster, a, b, c } = await three(newCluster)
    expect(await join(a, urlOf(a))).toMatchObject({ code: 0 })
    expect(await a.meshbox('config', 'set', 'name=first', '-m', 'name=first')).toMatchObject({ code: 0 })
    cluster.partition(a, b)
    cluster.partition(a, c)
    const apart = await Promise.all([b, c].map((each) => join(each, urlOf(a, b, c), '--timeout', '8')))
    for (const { code, err } of apart) {
      expect(code).toBe(1)
      expect(err).toContain(`waiting: ${a.address} is not reached`)
    }
    cluster.heal(a, b)
    cluster.heal(a, c)
    for (const machine of [b, c]) {
      const { cluster: seen, machines } = await machine.waitFor(
        'a refusal',
        (status) => status.problems.length > 0,
      )
      expect(seen.refused).toContain(`${machine.address} is none of this cluster's (${a.address}:2181)`)
      expect(machines[0]?.services).toEqual([])
    }
    // Started again, with whatever list the others have, it goes on as what it is.
    await a.powerOff()
    await join(a, urlOf(a), '--timeout', '1')
    await a.waitFor('its ZooKeeper', (status) => status.cluster.zookeeper.session === 'connected')
    const history = await a.meshbox('config', 'history')
    expect(history).toMatchObject({ code: 0 })
    expect(history.out).toContain('name=first')
  },
)
