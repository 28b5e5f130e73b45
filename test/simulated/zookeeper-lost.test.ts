import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type Cluster, eventually, getJson, openCluster, type StandIn, send } from './harness.ts'

setDefaultTimeout(60_000)

let cluster: Cluster
const running: StandIn[] = []

beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(() => cluster.remove())

test('masters, agents and Marathon start before ZooKeeper and wait for it; Marathon gives up with 100', async () => {
  await cluster.zk.kill()
  const master = await cluster.master(['--zk_session_timeout=3secs'])
  const agent = await cluster.agent(['--zk_session_timeout=3secs'])
  const marathon = await cluster.marathon(['--zk_timeout=1000'])
  expect(await marathon.ended).toBe(100)
  expect((await send(master.port, 'GET', '/health')).status).toBe(200)
  const state = await send(master.port, 'GET', '/state')
  expect([state.status, await state.text()]).toEqual([503, 'No leader elected'])
  expect((await send(master.port, 'GET', '/redirect')).status).toBe(503)
  await cluster.zk.start()
  await eventually(
    'the agent is active',
    async () => (await getJson(master.port, '/slaves')).slaves[0].active,
  )
  running.push(master, agent)
})

test('a leader that loses its session exits 1; the agent and a standby stay', async () => {
  const [leader, agent] = running
  // Long enough for the next test, where ZooKeeper must be back before the session is over.
  const standby = await cluster.master(['--zk_session_timeout=10secs'], { name: 'standby' })
  await eventually(
    'the standby knows the leader',
    async () => (await send(standby.port, 'GET', '/state')).status === 307,
  )
  await cluster.zk.kill()
  expect(await leader?.ended).toBe(1)
  expect(leader?.output()).toContain('EXIT with status 1: Lost candidacy as a leader... committing suicide!')
  await eventually(
    'the standby knows no leader',
    async () => (await send(standby.port, 'GET', '/state')).status === 503,
  )
  expect((await send(agent?.port ?? 0, 'GET', '/health')).status).toBe(200)
  await cluster.zk.start()
  await eventually(
    'the standby leads and has the agent',
    async () => (await getJson(standby.port, '/slaves')).slaves[0].active,
  )
  running.push(standby)
})

test('ZooKeeper away for less than the session timeout changes nothing', async () => {
  const leader = running.at(-1)
  const before = await getJson(leader?.port ?? 0, '/state')
  await cluster.zk.kill()
  await Bun.sleep(500)
  await cluster.zk.start()
  await Bun.sleep(3000)
  const after = await getJson(leader?.port ?? 0, '/state')
  expect([after.id, after.elected_time]).toEqual([before.id, before.elected_time])
  expect(after.slaves[0].active).toBe(true)
})

test('Marathon that loses its session exits 101, and its tasks go on', async () => {
  const leader = running.at(-1)
  const marathon = await cluster.marathon(['--zk_session_timeout=3000'])
  await eventually('Marathon leads', async () => (await getJson(marathon.port, '/v2/info')).frameworkId)
  await send(marathon.port, 'POST', '/v2/apps', { id: '/stays', cmd: 'sleep 1000', cpus: 0.1, mem: 16 })
  await eventually(
    'it runs',
    async () => (await getJson(marathon.port, '/v2/apps//stays')).app.tasksRunning === 1,
  )
  await cluster.zk.kill()
  expect(await marathon.ended).toBe(101)
  await leader?.ended
  await cluster.zk.start()
  const next = await cluster.master([], { name: 'next' })
  await eventually('the framework is recovered with its task', async () => {
    const [framework] = (await getJson(next.port, '/state')).frameworks
    expect([framework.active, framework.connected, framework.recovered]).toEqual([false, false, true])
    return framework.tasks[0].state === 'TASK_RUNNING'
  })
})
