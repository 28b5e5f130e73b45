import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { RolloutReport } from '../../src/agent/rollout/status.ts'
import { systemClock } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

setDefaultTimeout(300_000)

const config = `${import.meta.dir}/rollout.yaml`
const root = process.getuid?.() === 0
let cluster: TestCluster
let controllers: Machine[]
let workers: Machine[]
let version = 0

const pidsOf = async (machine: Machine) =>
  Object.fromEntries(
    ((await machine.status())?.machines[0]?.services ?? []).map(({ name, pid }) => [name, pid]),
  )

const spoken = ({ rollout }: RolloutReport) => rollout?.past.map(({ name, kind }) => `${name} ${kind}`) ?? []

async function set(machine: Machine, ...values: string[]): Promise<void> {
  expect(await machine.meshbox('config', 'set', ...values)).toMatchObject({ code: 0 })
  version++
}

async function wait(machine: Machine): Promise<RolloutReport> {
  const { code, out, err } = await machine.meshbox(
    'rollout',
    'status',
    '--wait',
    '--json',
    '--timeout',
    '120',
  )
  if (code !== 0 && code !== 1) throw new Error(out + err)
  if (out === '') throw new Error(err)
  return JSON.parse(out)
}

/** What a client of ZooKeeper and of the masters noticed meanwhile. */
async function watched(run: () => Promise<void>) {
  const [worker] = workers as [Machine]
  const hosts = controllers.map(({ address }) => address)
  const child = Bun.spawn(worker.inside([process.execPath, `${import.meta.dir}/watch.ts`, ...hosts]), {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const text = new Response(child.stdout).text()
  await systemClock.sleep(2000)
  await run()
  await systemClock.sleep(1500)
  child.kill('SIGKILL')
  const last = (await text).trimEnd().split('\n').at(-1) ?? '{}'
  return JSON.parse(last) as { unwrittenMs: number; leaderlessMs: number; leaders: string[] }
}

beforeAll(async () => {
  if (!root) return
  cluster = await makeCluster(5)
  controllers = cluster.machines.slice(0, 3)
  workers = cluster.machines.slice(3)
  const url = `zk://${controllers.map(({ address }) => address).join(',')}/mesos`
  const join = (machine: Machine) =>
    machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)
  for (const result of await Promise.all(cluster.machines.map(join)))
    expect(result).toMatchObject({ code: 0 })
})
afterAll(() => cluster?.remove())

needsRoot(
  'a change of ZooKeeper goes from server to server, the leader last, and never costs the majority',
  async () => {
    const [worker] = workers as [Machine]
    const before = await Promise.all(cluster.machines.map(pidsOf))
    const noticed = await watched(async () => {
      await set(worker, 'zookeeper.tickTime=600')
      const end = await wait(worker)
      expect(end.rollout).toMatchObject({ state: 'done', change: { version } })
      expect(spoken(end).toSorted()).toEqual(['m1 done', 'm2 done', 'm3 done'])
    })
    const after = await Promise.all(cluster.machines.map(pidsOf))
    for (const [at, machine] of controllers.entries()) {
      expect(after[at]?.zookeeper).not.toBe(before[at]?.zookeeper)
      expect({ ...after[at], zookeeper: 0 }).toEqual({ ...before[at], zookeeper: 0 })
      expect((await machine.meshbox('plan')).out).toContain('nothing to do')
    }
    expect(after.slice(3)).toEqual(before.slice(3))
    // One election, and a client that has to find another server.
    expect(noticed.unwrittenMs).toBeLessThan(10_000)
    expect(noticed.leaderlessMs).toBeLessThan(10_000)
  },
)
