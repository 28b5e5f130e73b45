import { expect, setDefaultTimeout } from 'bun:test'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { join } from './together.ts'

setDefaultTimeout(180_000)

const newCluster = clusterForEach()

needsRoot('a whole cluster on IPv6: birth, gossip, a neighbour, DNS and the API', async () => {
  const cluster = await newCluster(4, { ipv6: true })
  const [a, b, c, d] = cluster.machines as [Machine, Machine, Machine, Machine]
  const url = `zk://${[a, b, c].map(({ address }) => `[${address}]`).join(',')}/mesos`
  // The same address in another spelling.
  const spelled = url.replace('[fd77::2]', '[FD77:0:0::0002]:2181')
  const joined = await Promise.all([join(a, url), join(b, spelled), join(c, url)])
  for (const { code, out, err } of joined) expect({ code, out, err }).toMatchObject({ code: 0 })
  expect(joined[0]?.out).toContain(`dig @${a.address} -p 53 leader.mesos AAAA`)
  expect(await join(d, b.address)).toMatchObject({ code: 0 })

  const machines = [a, b, c, d]
  const statuses = await Promise.all(machines.map((each) => each.waitFor('readiness', ({ ready }) => ready)))
  expect(new Set(statuses.map((status) => status.cluster.id)).size).toBe(1)
  const members: Member[] = JSON.parse((await d.meshbox('members', '--json')).out)
  expect(members.filter(({ status }) => status === 'alive').map(({ address }) => address)).toEqual(
    machines.map(({ address }) => address),
  )
  for (const machine of machines) {
    const found = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
      const lines = await machine.dig('slave.mesos', 'AAAA').catch(() => [])
      return lines.length === machines.length ? lines : undefined
    })
    expect(found).toEqual(machines.map(({ address }) => address))
    const health = await a.run('curl', '-sf', `http://[${machine.address}]:7947/health`)
    expect(health).toMatchObject({ code: 0 })
  }
})
