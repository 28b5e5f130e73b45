import { expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import type { EnsembleServer } from '../../config/document/cluster.ts'
import { serverList } from '../../supervisor/program/zookeeper.ts'
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

/** What is written where the ensemble is of these servers, and holds the record of that cluster. */
async function written(ensemble: EnsembleServer[], held = cluster): Promise<unknown[]> {
  const writes: unknown[] = []
  const texts = { '/zookeeper/config': `${serverList(ensemble, false)}version=1`, '/c': JSON.stringify(held) }
  const session = {
    read: async (path: keyof typeof texts) => ({ data: Buffer.from(texts[path]), version: 7 }),
    write: async (_: string, text: string, version: number) =>
      writes.push([JSON.parse(text).servers, version]),
    close: async () => {},
  }
  const rolloutsAt = () => ({ change: async () => writes.push('the change ends'), stop() {} })
  const deps = { clusterPath: '/c', cluster: () => cluster, sessionTo: () => session, rolloutsAt, clock }
  await serveAlone(
    own,
    { id: 'r', from: { name: 'm1', address: own.host } },
    deps as unknown as AloneDeps,
  ).catch((error) => writes.push(error.message))
  return writes
}

test('a change of controllers ends, and the record follows, on the version that was read', async () => {
  expect(await written([own])).toEqual(['the change ends', [[own], 7]])
})

test('nothing is written where that server is one of several, nor to the record of another cluster', async () => {
  expect(await written(servers)).toEqual(['its ensemble is of servers 1, 2, 3'])
  const other = { ...cluster, id: crypto.randomUUID() }
  expect((await written([own], other)).at(-1)).toBe('the record of the cluster is not on this disk')
})
