import { expect, test } from 'bun:test'
import type { Member } from '../gossip/gossip.ts'
import { majorityLost } from './lost.ts'

const member = (at: number, status: Member['status']): Member => ({
  ...{ name: `m${at}`, address: `10.0.0.${at}`, port: 7946, status, incarnation: 1 },
  tags: {},
})
const clusterOf = (...ids: number[]) => ({
  ...{ id: '00000000-0000-4000-8000-000000000000', simulated: false, bornAt: '2026-01-01T00:00:00.000Z' },
  servers: ids.map((id) => ({
    ...{ id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
  })),
})

test('a majority that is gone is told of after a while, with who does not answer, and what to do', () => {
  const members = [member(1, 'alive'), member(2, 'failed')]
  const cluster = clusterOf(1, 2, 3)
  expect(majorityLost(cluster, members, 2000)).toBeUndefined()
  const told = majorityLost(cluster, members, 5000)
  expect(told?.why).toContain('m2, 10.0.0.3 do not answer')
  expect(told?.why).toContain('`meshbox controllers recover`')
  expect(told).toMatchObject({ command: 'meshbox doctor --fix', machine: 'm2' })
  expect(majorityLost(cluster, members, 5000, true)).toBeUndefined()
  // The second lost its disk, and is back under another name.
  const back = { ...member(2, 'alive'), name: 'm2b' }
  expect(majorityLost(cluster, [...members, back], 5000)).toBeUndefined()
  const alive = [1, 2, 3].map((at) => member(at, 'alive'))
  expect(majorityLost(cluster, alive, 5000)).toBeUndefined()
  expect(majorityLost(cluster, alive, 30_000)?.why).toContain('all controllers are alive')
})

test('there is no majority to be lost of one server, or where the ZooKeeper is somebody else’s', () => {
  expect(majorityLost(clusterOf(1), [], 30_000)).toBeUndefined()
  expect(majorityLost(undefined, [], 30_000)).toBeUndefined()
})
