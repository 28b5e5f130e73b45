import { expect, setDefaultTimeout } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { seenBy } from './seen-by.ts'

setDefaultTimeout(240_000)

const config = `${import.meta.dir}/cluster.yaml`
const newCluster = clusterForEach()

/** The TTL of a record as this machine answers it. */
async function ttlOn(machine: Machine): Promise<number | undefined> {
  const { out } = await machine.run('dig', `@${machine.address}`, '+noall', '+answer', 'leader.mesos', 'A')
  const ttl = /^\S+\s+(\d+)\s/m.exec(out)?.[1]
  return ttl === undefined ? undefined : Number(ttl)
}

async function hasTtl(machine: Machine, ttl: number): Promise<void> {
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () =>
    (await ttlOn(machine)) === ttl ? true : undefined,
  )
  expect({ machine: machine.name, ttl: await ttlOn(machine), found }).toMatchObject({ found: true })
}

needsRoot(
  'a machine cut off from ZooKeeper takes a newer document from a neighbour: DNS at once, the rest when ZooKeeper answers',
  async () => {
    const cluster = await newCluster(3)
    const [a, b, c] = cluster.machines as [Machine, Machine, Machine]
    const url = `zk://${a.address}/mesos`
    const join = (machine: Machine) =>
      machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)
    for (const result of await Promise.all([a, b, c].map(join))) expect(result).toMatchObject({ code: 0 })
    await hasTtl(c, 2)
    const gathered = await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, async () =>
      (await c.meshbox('members')).out.includes(b.name) ? true : undefined,
    )
    expect(gathered).toBe(true)

    cluster.partition(a, c)
    expect(await a.meshbox('config', 'set', 'dns.ttl=7', 'name=renamed')).toMatchObject({ code: 0 })
    await hasTtl(b, 7)
    await hasTtl(c, 7)
    const cut = await c.waitFor('the held rest', ({ cluster: { document } }) => document?.heard !== undefined)
    expect(cut.cluster).toMatchObject({
      name: 'meshbox',
      document: { version: 0, heard: { version: 1, from: b.name } },
    })
    expect((await c.meshbox('status')).out).toContain(
      'version 1 of it came from m2: only its dns part is applied until ZooKeeper answers',
    )

    // It is kept: also by an agent that is started without ZooKeeper.
    process.kill(cut.machines[0]?.pid ?? 0, 'SIGKILL')
    await c.meshbox('join', url, '--simulated', '--timeout', '3')
    await hasTtl(c, 7)
    expect((await c.status())?.cluster.name).toBe('meshbox')

    cluster.heal(a, c)
    const healed = await c.waitFor('the whole document', ({ cluster: { name } }) => name === 'renamed')
    expect(healed.cluster.document).toEqual({ version: 1 })
  },
)

/** Twenty agents beside each other are for a machine that has nothing else to do. */
if (process.env.MESHBOX_LONG === '1')
  needsRoot('twenty machines see a live change within a second', async () => {
    const cluster = await newCluster(20)
    const [first] = cluster.machines
    const joined = await Promise.all(
      cluster.machines.map((machine) => {
        const flags = ['--simulated', '--name', machine.name, '--config', config, '--timeout', '220']
        return machine.meshbox('join', `zk://${first?.address}/mesos`, ...flags)
      }),
    )
    for (const result of joined) expect(result).toMatchObject({ code: 0 })
    const times = await seenBy(cluster.machines, 5)
    expect(times).toHaveLength(20 * 5)
    expect(Math.max(...times)).toBeLessThan(1000)
  })
