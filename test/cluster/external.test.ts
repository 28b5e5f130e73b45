import { expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { zooKeeperCommand } from '../zookeeper/server.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { join } from './together.ts'

setDefaultTimeout(180_000)

const newCluster = clusterForEach()

/** Somebody else's ZooKeeper, in a machine without meshbox. */
function startElsewhere(machine: Machine): void {
  mkdirSync(machine.dataDir)
  const file = `${machine.dataDir}/zoo.cfg`
  writeFileSync(
    file,
    `dataDir=${machine.dataDir}/data\nclientPort=2181\ntickTime=500\nadmin.enableServer=false\n`,
  )
  void machine.run(...zooKeeperCommand(file))
}

async function aliveFor(machine: Machine): Promise<string[]> {
  const { code, out } = await machine.meshbox('members', '--json')
  const members: Member[] = code === 0 ? JSON.parse(out) : []
  return members.filter(({ status }) => status === 'alive').map(({ name }) => name)
}

async function allSee(machines: Machine[]): Promise<void> {
  const names = machines.map(({ name }) => name)
  for (const machine of machines) {
    let last: string[] = []
    await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
      last = await aliveFor(machine)
      return names.every((name) => last.includes(name)) || undefined
    })
    expect(last.sort()).toEqual(names)
  }
}

needsRoot(
  'with a ZooKeeper that meshbox does not manage nothing is started there, and machines find each other by their znodes',
  async () => {
    const cluster = await newCluster(5)
    const [zookeeper, a, b, c, d] = cluster.machines as [Machine, Machine, Machine, Machine, Machine]
    startElsewhere(zookeeper)
    const url = `zk://${zookeeper.address}/mesos`
    const machines = [a, b, c]
    const joined = await Promise.all(machines.map((machine) => join(machine, url, '--timeout', '1')))
    for (const { out } of joined) expect(out).toContain('not run by meshbox')
    await allSee(machines)
    const statuses = await Promise.all(machines.map((machine) => machine.status()))
    expect(new Set(statuses.map((status) => status?.cluster.id)).size).toBe(1)
    for (const status of statuses) {
      expect(status?.cluster.zookeeper).toMatchObject({ managed: false, session: 'connected' })
      expect(status?.machines[0]?.services.map(({ name }) => name)).toEqual(['mesos-agent'])
    }

    // A path that was mistyped makes no second cluster; one that is meant does.
    const mistyped = await join(d, `${url}s`)
    expect(mistyped).toMatchObject({ code: 2, out: '' })
    expect(mistyped.err).toContain('that ZooKeeper has no cluster at /mesoss, but one at /mesos')
    expect(mistyped.err).toContain(`meshbox join zk://${zookeeper.address}:2181/mesos --data-dir`)
    expect(await d.status()).toBeUndefined()
    expect((await join(d, `${url}s`, '--new', '--timeout', '1')).out).toContain('not run by meshbox')
    expect(await d.meshbox('leave', '--yes', '--purge', '--no-drain')).toMatchObject({ code: 0 })

    // One that is back from a power cut has its znode again; who comes after it finds them all.
    await c.powerOff()
    await join(c, url, '--timeout', '1')
    await join(d, url, '--timeout', '1')
    await allSee([...machines, d])
    expect(
      (await c.waitFor('touch with ZooKeeper', (status) => status.cluster.document !== undefined)).problems,
    ).toEqual([])
  },
)
