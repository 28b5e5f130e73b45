import { expect, test } from 'bun:test'
import type { Past } from '../local/joined.ts'
import { newWitnesses, witnessesOf } from './witnesses.ts'

const past: Past = {
  joined: { zkUrl: 'zk://10.0.0.1:2181/mesos', name: 'a', simulated: false, mode: 'joined', seed: '' },
  cluster: undefined,
  free: true,
  members: ['10.0.0.5:7946'],
}

test('of the cluster that it has joined the ZooKeeper and the members are asked', () => {
  expect(witnessesOf(past)).toMatchObject({
    url: { servers: [{ host: '10.0.0.1' }], path: '/mesos' },
    others: ['10.0.0.1', '10.0.0.5'],
  })
})

test.each([
  ['10.0.0.9', '10.0.0.9'],
  ['[fd00::9]:7000', 'fd00::9'],
])('of that of the neighbour %s it alone, and not the ZooKeeper from before', (seed, host) => {
  const { url, others } = newWitnesses({ kind: 'neighbour', seed }, past)
  expect({ url, others }).toEqual({ url: undefined, others: [host] })
})

test('of that of another URL nobody from before', () => {
  const { url, others } = newWitnesses({ kind: 'url', zkUrl: 'zk://10.0.0.2:2181/new' }, past)
  expect({ path: url?.path, others }).toEqual({ path: '/new', others: ['10.0.0.2'] })
})
