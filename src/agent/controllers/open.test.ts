import { expect, test } from 'bun:test'
import { systemClock } from '../../clock.ts'
import { checkSettings } from '../../config/document/check.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { parseDocumentText } from '../../config/document/parse.ts'
import { silentLog } from '../../log.ts'
import type { Member } from '../gossip/gossip.ts'
import { grant } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { progressSchema } from './change.ts'
import { openControllers } from './open.ts'

const id = '00000000-0000-4000-8000-000000000000'
const clusterOf = (...servers: number[]): Cluster => ({
  ...{ id, simulated: false, bornAt: '2026-01-01T00:00:00.000Z', nextId: Math.max(...servers) + 1 },
  servers: servers.map((each) => ({
    ...{ id: each, host: `10.0.0.${each}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
  })),
})
const members = [1, 2, 3, 4, 5].map(
  (at): Member => ({
    ...{ name: `m${at}`, address: `10.0.0.${at}`, port: 7946, status: 'alive', incarnation: 1 },
    tags: { cluster: id, node: `n${at}` },
  }),
)
const checked = checkSettings({})

/** @param seen the record as this machine saw it last */
function machine(seen: Cluster, written: Cluster, all = members) {
  const at = {
    state: undefined as Rollout | undefined,
    inTouch: ['n2'],
    alive: ['n2'],
    watching: new Set<() => void>(),
  }
  const controllers = openControllers({
    ...{
      node: 'n5',
      name: 'm5',
      address: '10.0.0.5',
      clusterPath: '/c',
      dataDir: '/d',
      clock: systemClock,
      log: silentLog,
    },
    membership: {
      cluster: () => seen,
      met: () => true,
      effective: () => ({ config: checked.kind === 'valid' ? checked.config : undefined }),
      content: () => parseDocumentText('', 'x'),
      reconsider: () => {},
    },
    members: () => all,
    finding: {
      isConnected: () => true,
      nodes: async () => new Map(at.inTouch.map((each) => [each, {}])),
      isAlive: (node: string, seat?: { name: string; address: string }) =>
        at.alive.includes(node) || at.alive.includes(`${seat?.name} at ${seat?.address}`),
    },
    masters: { leader: () => undefined },
    session: {
      state: () => 'suspended',
      read: async () => ({ data: Buffer.from(JSON.stringify(written)), version: 1 }),
    },
    rollouts: {
      seen: () => at.state,
      onChange(see: () => void) {
        at.watching.add(see)
        return () => at.watching.delete(see)
      },
      async change(move: (now: Rollout | undefined) => Rollout | undefined | Promise<Rollout | undefined>) {
        const next = await move(at.state)
        at.state = next ?? at.state
        return next
      },
    },
  } as unknown as Parameters<typeof openControllers>[0])
  return { controllers, at }
}

test('a change is made on the list that stands in ZooKeeper when it begins, not on one that was seen before', async () => {
  const { controllers, at } = machine(clusterOf(1), clusterOf(1, 2, 3))
  await controllers.begin({ verb: 'add', nodes: ['m4', 'm5'] })
  const { former, wanted } = progressSchema.parse(at.state?.progress)
  expect({ former, wanted }).toEqual({ former: [1, 2, 3], wanted: [1, 2, 3, 4, 5] })
})

test('a change is taken back only where nobody finds the machine that is at its step', async () => {
  const { controllers, at } = machine(clusterOf(1), clusterOf(1))
  const { id: change } = await controllers.begin({ verb: 'add', nodes: ['m2', 'm3'] })
  if (at.state) at.state = grant(at.state, [{ id: 'n2', name: 'm2' }], 'zookeeper')
  at.alive = []
  await expect(controllers.undo()).rejects.toThrow('m2 is in the middle of a step, and it is in touch')
  at.alive = ['n2']
  at.inTouch = []
  await expect(controllers.undo()).rejects.toThrow('gossip finds it alive')
  // It has come back with a new disk.
  at.alive = ['m2 at 10.0.0.2']
  await expect(controllers.undo()).rejects.toThrow('gossip finds it alive')
  at.alive = []
  expect(await controllers.undo()).toEqual({ id: change })
  expect(at.state?.permit).toBeUndefined()
  expect(progressSchema.parse(at.state?.progress)).toMatchObject({ verb: 'undo', wanted: [1] })
})

test('who counts for a controller is told of the record, but for the dead one whose place another machine has', () => {
  const counted = (all: Member[]) =>
    all.map(({ name }) => name).filter(machine(clusterOf(1, 2), clusterOf(1), all).controllers.counts)
  const dead = members.map((each) => (each.name === 'm2' ? { ...each, status: 'failed' as const } : each))
  expect(counted(dead)).toEqual(['m1', 'm2'])
  const back = members.slice(1, 2).map((each) => ({ ...each, name: 'm2b' }))
  expect(counted([...dead, ...back])).toEqual(['m1', 'm2b'])
})

test('nobody is asked any more when it ends', async () => {
  const { controllers, at } = machine(clusterOf(1), clusterOf(1))
  expect(at.watching.size).toBeGreaterThan(0)
  await controllers.stop()
  expect(at.watching.size).toBe(0)
})
