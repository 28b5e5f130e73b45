import { expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import type { Cluster, EnsembleServer } from '../../config/document/cluster.ts'
import { serverList } from '../../supervisor/program/zookeeper.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { type AloneDeps, serveAlone } from './alone.ts'

const clock: Clock = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * 1000,
  sleep: (ms) => systemClock.sleep(ms / 1000),
}
const servers: EnsembleServer[] = [1, 2, 3].map((id) => ({
  ...{ id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
}))
const cluster = { id: crypto.randomUUID(), simulated: true, bornAt: '2026-01-01T00:00:00.000Z', servers }
const own = { ...servers[0] } as EnsembleServer

/** What is written where the ensemble is of these servers, and holds the record of that cluster, and this change. */
async function written(
  ensemble: EnsembleServer[],
  held: Cluster = cluster,
  { change, below }: { change?: Rollout; below?: number } = {},
): Promise<unknown[]> {
  const writes: unknown[] = []
  const texts = { '/zookeeper/config': `${serverList(ensemble, false)}version=1`, '/c': JSON.stringify(held) }
  const session = {
    read: async (path: keyof typeof texts) => ({ data: Buffer.from(texts[path]), version: 7 }),
    write: async (_: string, text: string, version: number) => writes.push([JSON.parse(text), version]),
    close: async () => {},
  }
  const rolloutsAt = () => ({
    change: async (move: (now: Rollout | undefined) => Rollout | undefined) =>
      writes.push(move(change)?.state ?? 'no change'),
    stop() {},
  })
  const deps = {
    ...{ clusterPath: '/c', cluster: () => cluster, sessionTo: () => session, rolloutsAt, clock },
  }
  await serveAlone(
    own,
    { id: 'r', from: { name: 'm1', address: own.host }, ...(below ? { below } : {}) },
    deps as unknown as AloneDeps,
  ).catch((error) => writes.push(error.message))
  return writes
}

const recovered = (below: number) => ({
  ...{ id: 'r', from: { name: 'm1', address: own.host }, server: 1, below },
})

test('the record follows, on the version that was read, and once', async () => {
  const next = { ...cluster, servers: [own], nextId: 4, recovered: recovered(4) }
  expect(await written([own])).toEqual(['no change', [next, 7]])
  expect(await written([own], next, { below: 4 })).toEqual(['no change'])
})

test('a change of controllers ends, and its servers are of the ensemble no more, nor those of a recovery that has left it out', async () => {
  const seat = (id: number) => ({
    ...{ node: `n${id}`, name: `m${id}`, zookeeper: 'votes', master: 'none', list: [] },
    server: { ...own, id, host: `10.0.0.${id}` },
  })
  const progress = { verb: 'add', seats: [1, 2, 3, 4, 5].map(seat), former: [], wanted: [], proven: false }
  const change: Rollout = {
    ...{ change: { kind: 'controllers', id: 'x', text: '' }, state: 'running', paused: false, step: 3 },
    ...{ past: [], progress },
  }
  const next = (nextId: number) => ({ ...cluster, servers: [own], nextId, recovered: recovered(nextId) })
  expect(await written([own], cluster, { change })).toEqual(['aborted', [next(6), 7]])
  expect(await written([own], cluster, { below: 9 })).toEqual(['no change', [next(10), 7]])
})

test('nothing is written where that server is one of several, nor to the record of another cluster', async () => {
  expect(await written(servers)).toEqual(['its ensemble is of servers 1, 2, 3'])
  const other = { ...cluster, id: crypto.randomUUID() }
  expect((await written([own], other)).at(-1)).toBe('the record of the cluster is not on this disk')
})
