import { expect, setDefaultTimeout } from 'bun:test'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { join } from './together.ts'

setDefaultTimeout(180_000)

const newCluster = clusterForEach()

needsRoot('a controller and a worker behind NAT take part by the addresses that they advertise', async () => {
  const cluster = await newCluster(4)
  const [a, b, c, d] = cluster.machines as [Machine, Machine, Machine, Machine]
  cluster.hide(c)
  cluster.hide(d)
  const url = `zk://${[a, b, c].map(({ address }) => address).join(',')}/mesos`
  const wrong = await join(d, url, '--advertise', 'somewhere')
  expect(wrong).toMatchObject({ code: 2 })
  expect(wrong.err).toContain('cannot advertise "somewhere"')
  // Whoever is refused ends at once, while the others would wait for it: the first word is the one to read.
  const joined = await Promise.all(
    [join(a, url), join(b, url), join(c, url, '--advertise', c.address)].map(async (each) => {
      const said = await each
      if (said.code !== 0) throw new Error(JSON.stringify(said))
      return said
    }),
  )
  expect(joined).toHaveLength(3)
  expect(await join(d, a.address, '--advertise', d.address)).toMatchObject({ code: 0 })

  const machines = [a, b, c, d]
  const addresses = machines.map(({ address }) => address)
  const statuses = await Promise.all(machines.map((each) => each.waitFor('readiness', ({ ready }) => ready)))
  expect(new Set(statuses.map((status) => status.cluster.id)).size).toBe(1)
  expect(statuses.map(({ machines }) => machines[0]?.gossip)).toEqual(addresses.map((each) => `${each}:7946`))
  const members: Member[] = JSON.parse((await a.meshbox('members', '--json')).out)
  expect(members.map(({ address, status }) => `${address} ${status}`)).toEqual(
    addresses.map((each) => `${each} alive`),
  )
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
    const lines = await a.dig('slave.mesos', 'A').catch(() => [])
    return lines.length === machines.length ? lines : undefined
  })
  expect(found).toEqual(addresses)

  // The quorum holds with one of those in front and the one behind.
  await b.powerOff()
  await c.waitFor(
    'a session with those that are left',
    ({ cluster }) => cluster.zookeeper.session === 'connected',
  )
})
