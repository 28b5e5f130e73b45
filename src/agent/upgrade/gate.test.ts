import { expect, test } from 'bun:test'
import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus } from '../status.ts'
import { closedBy } from './gate.ts'

const other = (name: string, role: 'controller' | 'worker', ready: boolean): OtherMachine => ({
  ...{ name, address: '10.0.0.2', roles: [role], state: 'alive' },
  said: { ready, services: [], dns: 'ready', problems: [] },
})

type Rollout = NonNullable<ClusterStatus['cluster']['rollout']>
const rollout = (state: Rollout['state'], paused = false): Rollout => ({
  ...{ change: { kind: 'document', version: 3, digest: 'd' }, state, paused, step: 1, text: 'version 3' },
  past: [],
})

type Parts = { rollout?: Rollout; ready?: boolean; session?: 'connected' | 'lost'; others?: OtherMachine[] }

const closed = ({ rollout, ready = true, session = 'connected', others = [] }: Parts) =>
  closedBy({
    cluster: {
      ...{ name: 'x', simulated: false, key: 'keyed', ...(rollout ? { rollout } : {}) },
      zookeeper: { url: 'zk://a/mesos', managed: true, session },
    },
    machines: [
      {
        ...{ name: 'a', address: '10.0.0.1', roles: ['controller'], mode: 'joined', version: '1', pid: 1 },
        ...{ api: 'a:7947', leads: [], services: [], held: [] },
        dns: {
          ...{ state: 'ready', address: '0.0.0.0:53', domain: 'mesos', records: 0, stale: false },
          host: { kind: 'active', through: 'resolv.conf' },
        },
      },
    ],
    problems: [],
    ready,
    others,
  } as ClusterStatus)

test('a cluster that is whole, with nothing under way, may be upgraded, ill workers or not', () => {
  expect(closed({ others: [other('b', 'controller', true), other('w', 'worker', false)] })).toBeUndefined()
  expect(closed({ rollout: rollout('done') })).toBeUndefined()
  expect(closed({ rollout: rollout('done', true) })).toBeUndefined()
})

test('what passes by itself is waited for', () => {
  for (const [parts, why] of [
    [{ rollout: rollout('running') }, 'version 3 is under way'],
    [{ session: 'lost' }, 'not in touch with ZooKeeper'],
    [{ ready: false }, 'the controller a is not ready'],
    [{ others: [other('b', 'controller', false)] }, 'the controller b is not ready'],
    [{ others: [{ ...other('b', 'controller', true), state: 'failed' }] }, 'the controller b is not ready'],
  ] as [Parts, string][])
    expect(closed(parts)).toMatchObject({ passing: true, why: expect.stringContaining(why) })
})

test('one that was aborted is waited for until its machine has given the permit back', () => {
  const permit = { step: 1, machines: [{ id: 'id-w', name: 'w' }], begun: [], words: {} }
  const open = { ...rollout('aborted'), permit }
  expect(closed({ rollout: rollout('aborted') })).toBeUndefined()
  expect(closed({ rollout: open })).toMatchObject({ passing: true })
  expect(closed({ rollout: { ...open, why: 'w has not said' } })).toMatchObject({ passing: false })
})

test('what waits for somebody is not, and the command says for what', () => {
  expect(closed({ rollout: rollout('halted') })).toMatchObject({
    passing: false,
    command: 'meshbox rollout status',
  })
  expect(closed({ rollout: rollout('running', true) })).toMatchObject({
    passing: false,
    command: 'meshbox rollout resume',
  })
})
