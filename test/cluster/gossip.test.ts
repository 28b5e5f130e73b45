import { describe, expect, setDefaultTimeout } from 'bun:test'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { eventually } from './together.ts'

setDefaultTimeout(240_000)

const config = `${import.meta.dir}/cluster.yaml`
const newCluster = clusterForEach()

async function membersOf(machine: Machine): Promise<Member[]> {
  const { code, out } = await machine.meshbox('members', '--json')
  return code === 0 ? JSON.parse(out) : []
}

const statusOf = async (from: Machine, of: Machine) =>
  (await membersOf(from)).find(({ name }) => name === of.name)?.status

describe('machines find each other by gossip', () => {
  needsRoot(
    'before there is a ZooKeeper; each knows what the others are; a failure is seen, and its end',
    async () => {
      const cluster = await newCluster(3)
      const [a, b, c] = cluster.machines as [Machine, Machine, Machine]
      const url = `zk://${[a, b, c].map(({ address }) => address).join(',')}/mesos`
      const join = (machine: Machine, ...more: string[]) =>
        machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config, ...more)

      await Promise.all([a, b].map((machine) => join(machine, '--timeout', '1')))
      await eventually('two members before the birth', async () =>
        (await membersOf(a)).length === 2 ? true : undefined,
      )
      expect(await join(c)).toMatchObject({ code: 0 })
      for (const machine of [a, b, c]) await machine.waitFor('readiness', ({ ready }) => ready)
      const id = (await a.status())?.cluster.id ?? ''
      for (const machine of [a, b, c]) {
        await eventually(`what the others are, on ${machine.name}`, async () => {
          const members = await membersOf(machine)
          const known = members.filter(
            ({ tags }) => tags.cluster === id && tags.role === 'controller' && tags.doc,
          )
          return known.length === 3 ? true : undefined
        })
        expect((await machine.status())?.machines[0]?.gossip).toBe(`${machine.address}:7946`)
      }

      await c.powerOff()
      await eventually('the failure', async () => ((await statusOf(a, c)) === 'failed' ? true : undefined))
      expect(await join(c)).toMatchObject({ code: 0 })
      await eventually('the return', async () => ((await statusOf(b, c)) === 'alive' ? true : undefined))
    },
  )
})
