import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Cluster, eventually, getJson, openCluster, type StandIn, send } from './harness.ts'
import { differences, fixture, readRecords } from './shape.ts'

setDefaultTimeout(60_000)

let cluster: Cluster
let master: StandIn
let agent: StandIn
let marathon: StandIn
/** What the event stream said. */
let heard: { type: string }[] = []

/**
 * Of the recorded tasks' odds and ends, those that no Marathon app brings about: health checks of Mesos's own, all the
 * members of DiscoveryInfo, the role `prod`, labels of frameworks.
 */
const odd = [
  /\.health_check\b/,
  /\.healthy$/,
  /\.discovery\.(environment|location|version|labels)\b/,
  /\.ports\[\]\.visibility$/,
  /\.framework_info\.(labels|principal)\b/,
  /\.frameworks\[\]\.(labels|principal|reregistered_time)\b/,
  /\.completed_tasks\[\]\.discovery\b/,
  /\.statuses\[\]\.reason$/,
]

beforeAll(async () => {
  cluster = await openCluster()
  master = await cluster.master()
  const attributes = '--attributes=rack:r7;zone:eu-west-1a;generation:3;ports_open:[1-1023]'
  const prod = 'cpus(prod):1;mem(prod):512;ports(prod):[8080-8089]'
  agent = await cluster.agent([attributes])
  const flags = ['--mesos_authentication_principal=marathon']
  await eventually(
    'the agent is there',
    async () => (await getJson(master.port, '/slaves')).slaves.length === 1,
  )
  void listen().catch(() => {}) // it breaks off with its master
  await eventually('the stream is open', () => heard.length > 1)
  marathon = await cluster.marathon(flags)
  await eventually('Marathon leads', async () => (await getJson(marathon.port, '/v2/info')).frameworkId)
  const small = { cpus: 0.1, mem: 16 }
  const apps = [
    { id: '/web', cmd: 'sleep 1000', instances: 2, labels: { tier: 'front' }, ...small },
    { id: '/once', cmd: 'exit 7', backoffSeconds: 1000, portDefinitions: [], ...small },
  ]
  for (const app of apps) expect((await send(marathon.port, 'POST', '/v2/apps', app)).status).toBe(201)
  const second = await cluster.agent([`--resources=cpus:2;mem:2048;disk:5120;ports:[32000-32999];${prod}`], {
    name: 'prod',
  })
  await eventually('both agents and all tasks are there', async () => {
    const { frameworks, slaves } = await getJson(master.port, '/state')
    const { tasks, completed_tasks } = frameworks[0]
    const running = tasks.filter((task: { state: string }) => task.state === 'TASK_RUNNING')
    return slaves.length === 2 && running.length === 2 && completed_tasks.length === 1
  })
  expect(second.pid).toBeGreaterThan(0)
})

afterAll(() => cluster.remove())

async function listen(): Promise<void> {
  const answer = await send(master.port, 'POST', '/api/v1', { type: 'SUBSCRIBE' })
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of answer.body ?? []) {
    const read = readRecords(Buffer.concat([rest, chunk]))
    rest = read.rest
    heard = [...heard, ...read.records]
  }
}

/** The answers have the recorded members with the recorded types, and no others. */
const answers: { path: string; recorded: string; of: 'master' | 'agent'; unlike?: RegExp[] }[] = [
  { path: '/state', recorded: 'state.json', of: 'master', unlike: odd },
  { path: '/master/state', recorded: 'state.json', of: 'master', unlike: odd },
  { path: '/state-summary', recorded: 'state-summary.json', of: 'master' },
  {
    path: '/slaves',
    recorded: 'slaves.json',
    of: 'master',
    unlike: [/\.used_resources_full\[\]\.(reservations)/],
  },
  { path: '/tasks', recorded: 'tasks.json', of: 'master', unlike: odd },
  { path: '/frameworks', recorded: 'frameworks.json', of: 'master', unlike: odd },
  { path: '/roles', recorded: 'roles.json', of: 'master' },
  { path: '/flags', recorded: 'flags-master.json', of: 'master' },
  { path: '/metrics/snapshot', recorded: 'metrics-master.json', of: 'master', unlike: [/\/roles\//] },
  {
    path: '/slave(1)/state',
    recorded: 'agent-state.json',
    of: 'agent',
    unlike: [...odd, /^(\.flags)?\.attributes\b/],
  },
  { path: '/flags', recorded: 'flags-agent.json', of: 'agent', unlike: [/\.attributes$/] },
  { path: '/metrics/snapshot', recorded: 'metrics-agent.json', of: 'agent' },
  { path: '/containers', recorded: 'agent-containers.json', of: 'agent' },
  { path: '/monitor/statistics', recorded: 'agent-statistics.json', of: 'agent' },
]

describe('the answer has the recorded shape', () => {
  for (const { path, recorded, of, unlike } of answers) {
    test(`${of} ${path}`, async () => {
      const served = await getJson((of === 'master' ? master : agent).port, path)
      expect(differences(JSON.parse(fixture(recorded)), served, unlike)).toEqual([])
    })
  }

  test('GET_STATE', async () => {
    const served = await (await send(master.port, 'POST', '/api/v1', { type: 'GET_STATE' })).json()
    const unlike = [...odd, /\.reservations\b/, /\.attributes\b/, /\.message$/]
    expect(differences(JSON.parse(fixture('v1-get-state.json')), served, unlike)).toEqual([])
  })

  test('a leader that never had an agent', async () => {
    const other = await cluster.master([`--zk=${cluster.zkUrl('/alone')}`], { name: 'alone' })
    const served = await eventually('it leads', () => getJson(other.port, '/state'))
    expect(differences(JSON.parse(fixture('state-agentless.json')), served)).toEqual([])
    await other.end()
  })
})

describe('the event stream', () => {
  test('has records of the recorded types and shapes', async () => {
    await eventually('a task failed', () =>
      heard.some((event) => JSON.stringify(event).includes('TASK_FAILED')),
    )
    const recorded = readRecords(Buffer.from(fixture('v1-subscribe.recordio'))).records
    for (const type of ['HEARTBEAT', 'FRAMEWORK_ADDED', 'TASK_ADDED', 'TASK_UPDATED']) {
      const [theirs, ours] = [recorded, heard].map((list) => list.filter((event) => event.type === type))
      expect(ours?.length).toBeGreaterThan(0)
      const unlike = [...odd, /\.task\.(labels|discovery)\b/, /\.status\.(reason)$/, /\.unregistered_time\b/]
      expect({ type, differences: differences(theirs, ours, unlike) }).toEqual({ type, differences: [] })
    }
    const [theirs, ours] = [recorded, heard].map((list) =>
      list.filter((event) => event.type === 'SUBSCRIBED'),
    )
    expect(differences(theirs, ours, [/\.attributes\b/])).toEqual([])
    expect(heard[0]?.type).toBe('SUBSCRIBED')
    expect(heard.some((event) => event.type === 'AGENT_ADDED')).toBe(true)
  })
})

test('drain states and events are the recorded ones', async () => {
  const { slaves } = await getJson(master.port, '/slaves')
  const [{ id }] = slaves
  const tasks = (await getJson(master.port, '/state')).frameworks[0].tasks
  const here = tasks.filter((task: { slave_id: string }) => task.slave_id === id).length
  const call = { agent_id: { value: id }, max_grace_period: { nanoseconds: 3e9 }, mark_gone: false }
  const drained = await send(master.port, 'POST', '/api/v1', { type: 'DRAIN_AGENT', drain_agent: call })
  expect([drained.status, await drained.text()]).toEqual([200, ''])
  const one = async () =>
    (await getJson(master.port, '/slaves')).slaves.find((each: { id: string }) => each.id === id)
  const after = await eventually('it is drained', async () => {
    const agent = await one()
    return agent.drain_info.state === 'DRAINED' && agent
  })
  expect([after.active, after.deactivated]).toEqual([false, true])
  expect(after.drain_info.config).toEqual({ max_grace_period: { nanoseconds: 3e9 }, mark_gone: false })
  expect(typeof after.estimated_drain_start_time_seconds).toBe('number')
  const killed = heard.filter((event) => JSON.stringify(event).includes('REASON_AGENT_DRAINING'))
  expect(killed.length).toBe(here)
  await eventually('the tasks run elsewhere', async () => {
    const now = (await getJson(marathon.port, '/v2/apps//web')).app
    return now.tasksRunning === 2 && now.tasks.every((task: { slaveId: string }) => task.slaveId !== id)
  })
  const back = await send(master.port, 'POST', '/api/v1', {
    type: 'REACTIVATE_AGENT',
    reactivate_agent: { agent_id: { value: id } },
  })
  expect(back.status).toBe(200)
  const again = await one()
  expect([again.active, again.deactivated, again.drain_info]).toEqual([true, false, undefined])
})

test('unknown paths, methods, health and version', async () => {
  const unknown = await send(master.port, 'GET', '/state-nothing')
  expect([unknown.status, await unknown.text()]).toEqual([404, '404 Not Found.'])
  for (const [port, path] of [
    [master.port, '/health'],
    [master.port, '/master/health'],
    [agent.port, '/slave(1)/health'],
  ] as const) {
    const health = await send(port, 'GET', path)
    expect([health.status, await health.text()]).toEqual([200, ''])
  }
  const version = await getJson(agent.port, '/version')
  expect(Object.keys(version).sort()).toEqual([
    'build_date',
    'build_time',
    'build_user',
    'git_sha',
    'version',
  ])
  expect(version.version).toContain('simulated')
})
