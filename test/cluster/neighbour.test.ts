import { expect, setDefaultTimeout } from 'bun:test'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { linesOf } from './seen-by.ts'
import { join } from './together.ts'

setDefaultTimeout(240_000)

const newCluster = clusterForEach()

async function seenBy(machine: Machine, wanted: Record<string, string>): Promise<void> {
  let last: Member[] = []
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
    const { code, out } = await machine.meshbox('members', '--json')
    last = code === 0 ? JSON.parse(out) : []
    const all = Object.entries(wanted).every(([name, status]) =>
      last.some((member) => member.name === name && member.status === status),
    )
    return all || undefined
  })
  expect({ found, last }).toMatchObject({ found: true })
}

needsRoot(
  'a machine joins by a neighbour, one that waits itself too; a machine of the URL becomes a controller so',
  async () => {
    const cluster = await newCluster(6)
    const [a, b, c, d, e, stranger] = cluster.machines as [
      Machine,
      Machine,
      Machine,
      Machine,
      Machine,
      Machine,
    ]
    const nobody = await join(d, a.address)
    expect(nobody).toMatchObject({ code: 1 })
    expect(nobody.err).toContain(`no member answers at ${a.address}`)

    const url = `zk://${a.address},${b.address},${c.address}/mesos`
    expect((await join(a, url, '--timeout', '2')).err).toContain(`waiting: ${b.address} is not reached`)
    const told = await join(d, a.address, '--timeout', '2')
    expect(told.err).toContain(`${a.address} is ${a.name} of a cluster that waits for its birth`)
    const own = `zk://${stranger.address}/mesos`
    const rest = await Promise.all([
      join(b, `${d.address}:7946`),
      join(c, `${d.address}:7946`),
      join(stranger, own),
    ])
    for (const result of rest) expect(result).toMatchObject({ code: 0 })
    // It has no document of its own: nothing begins by another one than the cluster's, and has to begin anew by that.
    expect(await e.meshbox('join', b.address, '--simulated', '--name', e.name)).toMatchObject({ code: 0 })
    const states = linesOf(e).flatMap(({ service, state }) => (service === 'mesos-agent' ? [state] : []))
    expect(states.at(-1)).toBe('ready')
    expect(states).not.toContain('stopping')
    const statuses = await Promise.all(
      [a, b, c, d, e].map((machine) => machine.waitFor('readiness', ({ ready }) => ready)),
    )
    expect(new Set(statuses.map(({ cluster: { id } }) => id)).size).toBe(1)
    expect(statuses.map(({ machines }) => machines[0]?.roles.includes('controller'))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])

    const again = await join(e, d.address)
    expect(again).toMatchObject({ code: 0 })
    expect(again.err).toContain('nothing was changed')
    const elsewhere = await join(stranger, d.address)
    expect(elsewhere).toMatchObject({ code: 1 })
    expect(elsewhere.err).toContain('already belongs to')

    await Promise.all([d.powerOff(), stranger.powerOff()])
    stranger.loseDisk()
    const real = await stranger.meshbox('join', e.address)
    expect(real).toMatchObject({ code: 1 })
    expect(real.err).toContain('this cluster was born as a simulated one')

    // Every seed of the URL is gone: the members that were seen before are enough.
    await Promise.all([a, b, c].map((machine) => machine.powerOff()))
    expect((await join(d, a.address, '--timeout', '1')).err).toContain(
      `${a.address} does not answer; this machine goes on as it has joined`,
    )
    await seenBy(d, { [d.name]: 'alive', [e.name]: 'alive' })
  },
)
