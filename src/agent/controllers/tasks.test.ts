import { afterAll, expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import { checkSettings } from '../../config/document/check.ts'
import { silentLog } from '../../log.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Progress } from './change.ts'
import { openTasks, type TaskDeps } from './tasks.ts'

let weights = ['a=1']
/** How often was looked at the weights since they were written anew. */
let looks = 0
const answers: Record<string, () => unknown> = {
  '/metrics/snapshot': () => ({
    ...{ 'master/elected': 1, 'registrar/registry_size_bytes': 1, 'registrar/log/recovered': 1 },
  }),
  '/master/weights'() {
    looks++
    return weights
  },
  '/master/quota': () => ({}),
  '/master/maintenance/schedule': () => ({}),
  '/master/slaves': () => ({ slaves: [{ id: 'S1' }] }),
  '/api/v1': () => ({ get_master: { master_info: { id: 'm1' } } }),
}
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request) => Response.json(answers[new URL(request.url).pathname]?.()),
})
afterAll(() => server.stop(true))

const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 300, signal) }
const checked = checkSettings({ mesos: { master: { port: server.port } } })

/** This machine, which is brought to its plan at once. */
const here = {
  ...{ node: 'n1', clock, log: silentLog, held: () => [], changed: () => {} },
  place: { follow: () => {}, worker: () => false },
  planner: { move: () => ({ isApplied: () => true, keep: () => {} }) },
  config: () => (checked.kind === 'valid' ? checked.config : undefined),
  masters: {
    leader: () => `127.0.0.1:${server.port}`,
    master: () => ({ scheme: 'http', authorization: async () => undefined }),
  },
}

const registry = {
  ...{ weights: '["a=1"]', quotas: '{}', maintenance: '{}', agents: ['S1'], unreachable: 0, by: 'm1' },
}
const progress: Progress = {
  ...{ verb: 'add', former: [1], wanted: [1], proven: false },
  seats: [
    {
      ...{ node: 'n1', name: 'one', zookeeper: 'votes', master: 'stopped', list: [1] },
      server: { id: 1, host: '127.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
    },
  ],
  registry,
}

test('what people write while a step waits for its programs is in its word', async () => {
  /** Somebody writes when the first program is looked at; it is ready once that was surely seen. */
  function status(): Pick<ServiceStatus, 'name' | 'state'>[] {
    if (weights[0] === 'a=1') {
      weights = ['a=2']
      looks = 0
    }
    const state = looks > 5 ? 'ready' : 'starting'
    return (['mesos-master', 'marathon'] as const).map((name) => ({ name, state }))
  }
  const tasks = openTasks({ ...here, supervisor: { status } } as unknown as TaskDeps)
  const word = await tasks('follow', { change: 'c', step: 1 }, progress)
  expect(word).toEqual({ registry: { ...registry, weights: '["a=2"]' } })
})

test('a machine that knows of the change and not yet of its place takes it, once what it was before has ended', async () => {
  const cluster = {
    ...{ id: '00000000-0000-4000-8000-000000000000', simulated: false, bornAt: '2026-01-01T00:00:00.000Z' },
    servers: [{ id: 1, host: '127.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 }],
  }
  for (const before of [{ joining: 'c', birth: undefined }, { joining: undefined, birth: {} }, undefined]) {
    const did: string[] = []
    const place = {
      joining: () => (before ? before.joining : 'c'),
      birth: () => (before ? before.birth : {}),
      retire: () => void did.push('retire'),
      joinEnsemble: () => void did.push('join'),
    }
    const tasks = openTasks({
      ...{ ...here, place, clusterPath: '/c', dataDir: '/nowhere' },
      session: { read: async () => ({ data: Buffer.from(JSON.stringify(cluster)), version: 1 }) },
      // Between the two nothing runs.
      supervisor: { status: () => (did.at(-1) === 'retire' ? [] : [{ name: 'zookeeper', state: 'ready' }]) },
    } as unknown as TaskDeps)
    expect(await tasks('zookeeper', { change: 'c', step: 1 }, progress)).toEqual({})
    expect(did).toEqual(before?.birth ? ['retire', 'join'] : before ? ['join'] : [])
  }
})
