import { afterAll, expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import { checkSettings } from '../../config/document/check.ts'
import { silentLog } from '../../log.ts'
import type { Progress } from './change.ts'
import { openTasks, type TaskDeps } from './tasks.ts'

/** Which master leads, by its id; each has a new one whenever it starts. */
let leads = ''
const starts = new Map<string, number>()
const idAt = (hostname: string) => `${hostname} ${starts.get(hostname) ?? 0}`

function master(hostname: string, port: number) {
  const answer = (path: string): unknown => {
    const elected = leads === idAt(hostname)
    if (path === '/metrics/snapshot')
      return {
        ...{ 'master/elected': elected ? 1 : 0, 'registrar/log/recovered': 1 },
        ...(elected ? { 'registrar/registry_size_bytes': 1 } : {}),
      }
    if (path === '/master/slaves') return { slaves: [{ id: 'S1' }] }
    if (path === '/api/v1') return { get_master: { master_info: { id: idAt(hostname) } } }
    return path === '/master/weights' ? ['a=1'] : {}
  }
  return Bun.serve({ hostname, port, fetch: ({ url }) => Response.json(answer(new URL(url).pathname)) })
}

const own = master('127.0.0.1', 0)
const other = master('127.0.0.2', own.port ?? 0)
afterAll(() => Promise.all([own.stop(true), other.stop(true)]))

const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 300, signal) }
const checked = checkSettings({ mesos: { master: { port: own.port } } })

const seat = (id: number) => ({
  ...{ node: `n${id}`, name: `m${id}`, zookeeper: 'votes' as const, master: 'runs' as const, list: [1, 2] },
  server: { id, host: `127.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
})
const registry = { weights: '["a=1"]', quotas: '{}', maintenance: '{}', agents: ['S1'], unreachable: 0 }
const progress: Progress = {
  ...{ verb: 'remove', former: [1, 2], wanted: [1], proven: false, seats: [seat(1), seat(2)] },
  registry: { ...registry, by: '127.0.0.2 0' },
}

/** @param told who leads by the names that DNS knows */
function proveOn(told: () => string, elect: () => void) {
  let restarts = 0
  const restart = async () => {
    restarts++
    starts.set('127.0.0.1', restarts)
    elect()
  }
  const tasks = openTasks({
    ...{ node: 'n1', clock, log: silentLog, held: () => [], changed: () => {} },
    config: () => (checked.kind === 'valid' ? checked.config : undefined),
    supervisor: { status: () => [], restart },
    masters: {
      leader: () => `${told()}:${own.port}`,
      master: () => ({ scheme: 'http', authorization: async () => undefined }),
    },
  } as unknown as TaskDeps)
  return tasks('prove', { change: 'c', step: 1 }, progress).then((said) => ({ said, restarts }))
}

test('a machine that leads no more proves nothing, whatever is still told of it', async () => {
  leads = idAt('127.0.0.2')
  expect(
    await proveOn(
      () => '127.0.0.1',
      () => {},
    ),
  ).toEqual({ said: 'skipped', restarts: 0 })
})

test('one that has restarted its leading master proves it with the next one that is elected', async () => {
  leads = idAt('127.0.0.1')
  let now = '127.0.0.1'
  const proved = await proveOn(
    () => now,
    () => {
      now = '127.0.0.2'
      leads = idAt(now)
    },
  )
  expect(proved).toEqual({ said: { registry: { ...registry, by: '127.0.0.2 0' } }, restarts: 1 })
})
