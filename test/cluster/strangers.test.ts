import { Database } from 'bun:sqlite'
import { expect, setDefaultTimeout } from 'bun:test'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'

setDefaultTimeout(180_000)

const config = `${import.meta.dir}/cluster.yaml`
const newCluster = clusterForEach()

const join = (machine: Machine, url: string, name: string) =>
  machine.meshbox('join', url, '--simulated', '--name', name, '--config', config)

async function addressesSeenBy(machine: Machine): Promise<string[]> {
  const members: Member[] = JSON.parse((await machine.meshbox('members', '--json')).out)
  return members.map(({ address }) => address).sort()
}

/** As after a lease ran out: addresses that were members' are another cluster's now. */
function remember(machine: Machine, ...doors: string[]): void {
  const disk = new Database(`${machine.dataDir}/state/meshbox.db`)
  disk.query("UPDATE memory SET value = ? WHERE topic = 'members'").run(JSON.stringify(doors))
  disk.close()
}

needsRoot('two clusters on one network, with the same names of machines, never mix', async () => {
  const cluster = await newCluster(4)
  const [a, b, x, y] = cluster.machines as [Machine, Machine, Machine, Machine]
  const urls = [a, x].map(({ address }) => `zk://${address}/mesos`) as [string, string]
  const born = [
    join(a, urls[0], 'one'),
    join(b, urls[0], 'two'),
    join(x, urls[1], 'one'),
    join(y, urls[1], 'two'),
  ]
  for (const result of await Promise.all(born)) expect(result).toMatchObject({ code: 0 })

  // A worker of each looks for its cluster at the other's machines, which are all it can reach for a while.
  await Promise.all([b.powerOff(), y.powerOff()])
  remember(b, `${x.address}:7946`, `${y.address}:7946`)
  remember(y, `${a.address}:7946`, `${b.address}:7946`)
  cluster.partition(a, b)
  cluster.partition(x, y)
  await Promise.all([
    b.meshbox('join', urls[0], '--simulated', '--timeout', '4'),
    y.meshbox('join', urls[1], '--simulated', '--timeout', '4'),
  ])
  expect(await addressesSeenBy(b)).toEqual([b.address])
  expect(await addressesSeenBy(y)).toEqual([y.address])
  cluster.heal(a, b)
  cluster.heal(x, y)
  const pairs = [
    [a, b],
    [x, y],
  ] as const
  for (const pair of pairs) {
    const statuses = await Promise.all(pair.map((each) => each.waitFor('readiness', ({ ready }) => ready)))
    expect(new Set(statuses.map((status) => status.cluster.id)).size).toBe(1)
    const own = pair.map(({ address }) => address)
    for (const machine of pair) {
      const all = async () => ((await addressesSeenBy(machine)).length >= own.length ? true : undefined)
      await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, all)
      expect(await addressesSeenBy(machine)).toEqual(own)
      expect(await machine.dig('slave.mesos', 'A')).toEqual(own)
      expect(await machine.dig('leader.mesos', 'A')).toEqual(own.slice(0, 1))
    }
  }
})
