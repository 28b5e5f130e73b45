import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openRegistered } from '../../src/agent/drain/mesos.ts'
import { freePort } from '../zookeeper/server.ts'
import { type Cluster, eventually, getJson, openCluster, type StandIn, send } from './harness.ts'

setDefaultTimeout(60_000)

let cluster: Cluster
let master: StandIn
let agent: StandIn
let marathon: StandIn

beforeAll(async () => {
  cluster = await openCluster()
  master = await cluster.master(['--agent_ping_timeout=1secs', '--max_agent_ping_timeouts=6'])
  agent = await cluster.agent()
  marathon = await cluster.marathon()
  await eventually(
    'Marathon is subscribed',
    async () => (await getJson(marathon.port, '/v2/info')).frameworkId,
  )
  await eventually('the agent is there', async () => (await getJson(master.port, '/slaves')).slaves[0].active)
})
afterAll(() => cluster.remove())

type Task = { id: string; name: string; state: string; slave_id: string; resources: { ports?: string } }

const small = { cpus: 0.1, mem: 16, backoffSeconds: 0.1 }
const post = async (app: Record<string, unknown>) => {
  const answer = await send(marathon.port, 'POST', '/v2/apps', { ...small, ...app })
  expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([201, ''])
}
const appOf = async (id: string) => (await getJson(marathon.port, `/v2/apps${id}`)).app
const running = (id: string, count: number) =>
  eventually(`${count} tasks of ${id} run`, async () => {
    const app = await appOf(id)
    return (
      app.tasksRunning === count &&
      app.tasks.length === count &&
      (app as { tasks: (Task & { ports: number[]; slaveId: string; version: string })[] })
    )
  })
const stateOf = async () =>
  (await getJson(master.port, '/state')).frameworks[0] as {
    tasks: Task[]
    completed_tasks: Task[]
    unreachable_tasks: Task[]
  }
const remove = async (id: string) => {
  await send(marathon.port, 'DELETE', `/v2/apps${id}`)
  await eventually(`${id} is gone`, async () => {
    const { tasks } = await getJson(marathon.port, '/v2/tasks')
    return !tasks.some((task: { appId: string }) => task.appId === id)
  })
}
const sandbox = async (taskId: string): Promise<string> => {
  const state = await getJson(agent.port, '/slave(1)/state')
  const all = state.frameworks.flatMap((each: { executors: []; completed_executors: [] }) => [
    ...each.executors,
    ...each.completed_executors,
  ])
  return all.find((each: { id: string }) => each.id === taskId).directory
}
/** Pid of a task's command: the leader of its session. */
const pidOf = async (taskId: string): Promise<number> => {
  const dir = (await sandbox(taskId)).replace('/slaves/', '/meta/slaves/')
  return Number(readFileSync(`${dir}/pid`, 'utf8'))
}
const sessionOf = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3])
/** A zombie that nobody has fetched yet is dead. */
const isAlive = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
  } catch {
    return false
  }
}
const dead = (...pids: number[]) => eventually(`${pids} are dead`, () => !pids.some(isAlive))

describe('a task', () => {
  test('is the command, run in a session of its own with its variables, reachable at its port', async () => {
    const cmd = 'env >env; echo out; echo err >&2; exec python3 -m http.server $PORT0'
    await post({
      id: '/shop/web',
      cmd,
      env: { COLOUR: 'red' },
      portDefinitions: [{ port: 0, name: 'http' }, { port: 0 }],
      labels: { tier: 'front' },
    })
    const [task] = (await running('/shop/web', 1)).tasks
    const [port = 0, second = 0] = task?.ports ?? []
    const page = await eventually('the page is served', async () => (await send(port, 'GET', '/')).text())
    expect(page).toContain('env')
    const dir = await sandbox(task?.id ?? '')
    expect([
      readFileSync(`${dir}/stdout`, 'utf8'),
      readFileSync(`${dir}/stderr`, 'utf8').split('\n')[0],
    ]).toEqual(['out\n', 'err'])
    const env = new Map(
      readFileSync(`${dir}/env`, 'utf8')
        .split('\n')
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    )
    const wanted = {
      PORT: `${port}`,
      PORT0: `${port}`,
      PORT1: `${second}`,
      PORTS: `${port},${second}`,
      PORT_HTTP: `${port}`,
      HOST: '127.0.0.1',
      TASK_ID: task?.id,
      MESOS_TASK_ID: task?.id,
      MARATHON_APP_ID: '/shop/web',
      COLOUR: 'red',
      MESOS_SANDBOX: dir,
      MARATHON_APP_LABEL_TIER: 'front',
    }
    expect(Object.fromEntries(Object.keys(wanted).map((name) => [name, env.get(name)]))).toEqual(
      wanted as Record<string, string | undefined>,
    )
    const pid = await pidOf(task?.id ?? '')
    expect(sessionOf(pid)).toBe(pid)
    const [shown] = (await stateOf()).tasks
    expect([shown?.name, shown?.state, task?.id.startsWith('shop_web.')]).toEqual([
      'web.shop',
      'TASK_RUNNING',
      true,
    ])
    await remove('/shop/web')
    await dead(pid)
  })

  test('is replaced when it dies, and the master hears of its end', async () => {
    await post({ id: '/dies', cmd: 'sleep 1000' })
    const [task] = (await running('/dies', 1)).tasks
    process.kill(await pidOf(task?.id ?? ''), 'SIGKILL')
    await eventually('another one runs', async () => (await running('/dies', 1)).tasks[0]?.id !== task?.id)
    const ended = (await stateOf()).completed_tasks.find(({ id }) => id === task?.id)
    expect(ended?.state).toBe('TASK_FAILED')
    await remove('/dies')
  })

  test('that ignores SIGTERM is killed after the grace, with all of its group', async () => {
    await post({
      id: '/stubborn',
      cmd: "trap '' TERM; sleep 1000 & echo $! >child; while :; do sleep 1000; done",
      taskKillGracePeriodSeconds: 0.3,
    })
    const [task] = (await running('/stubborn', 1)).tasks
    const dir = await sandbox(task?.id ?? '')
    const child = Number(await eventually('the child runs', () => readFileSync(`${dir}/child`, 'utf8')))
    const pid = await pidOf(task?.id ?? '')
    await remove('/stubborn')
    await dead(pid, child)
    expect((await stateOf()).completed_tasks.find(({ id }) => id === task?.id)?.state).toBe('TASK_KILLED')
  })

  test('whose executor is killed counts as failed and leaves nothing behind', async () => {
    await post({ id: '/orphan', cmd: 'sleep 1000' })
    const [task] = (await running('/orphan', 1)).tasks
    const pid = await pidOf(task?.id ?? '')
    const dir = (await sandbox(task?.id ?? '')).replace('/slaves/', '/meta/slaves/')
    process.kill(Number(readFileSync(`${dir}/executor`, 'utf8')), 'SIGKILL')
    await eventually('another one runs', async () => (await running('/orphan', 1)).tasks[0]?.id !== task?.id)
    await dead(pid)
    await remove('/orphan')
  })
})

describe('health checks', () => {
  const often = {
    delaySeconds: 0,
    intervalSeconds: 0.1,
    timeoutSeconds: 2,
    maxConsecutiveFailures: 3,
    gracePeriodSeconds: 5,
  }
  const healthOf = async (name: string) => {
    const task = (await stateOf()).tasks.find((each) => each.name === name)
    return (task as unknown as { statuses: { state: string; healthy?: boolean }[] })?.statuses.at(-1)?.healthy
  }

  test('by command: the master shows the result, a task that stays sick is replaced', async () => {
    const check = { protocol: 'COMMAND', command: { value: 'test -f well' }, ...often }
    await post({ id: '/well', cmd: 'touch well; sleep 1000', healthChecks: [check] })
    const [task] = (await running('/well', 1)).tasks
    await eventually('it is well', () => healthOf('well'))
    await eventually('Marathon knows', async () => (await appOf('/well')).tasksHealthy === 1)
    unlinkSync(join(await sandbox(task?.id ?? ''), 'well'))
    await eventually('another one is well', async () => {
      const { tasks, tasksHealthy } = await appOf('/well')
      return tasksHealthy === 1 && tasks.length === 1 && tasks[0].id !== task?.id
    })
    await remove('/well')
  })

  test('by HTTP and TCP, of Mesos and of Marathon', async () => {
    for (const [i, protocol] of ['MESOS_HTTP', 'MESOS_TCP', 'HTTP', 'TCP'].entries()) {
      const cmd = 'exec python3 -m http.server $PORT0'
      await post({ id: `/check${i}`, cmd, healthChecks: [{ protocol, ...often }] })
    }
    for (const i of [0, 1, 2, 3])
      await eventually(`check ${i}`, async () => (await appOf(`/check${i}`)).tasksHealthy === 1)
    // What Marathon checks by itself never gets to Mesos.
    expect([await healthOf('check0'), await healthOf('check1'), await healthOf('check2')]).toEqual([
      true,
      true,
      undefined,
    ])
    for (const i of [0, 1, 2, 3]) await remove(`/check${i}`)
  })
})

describe('an app', () => {
  test('is scaled up and down, the youngest first', async () => {
    await post({ id: '/scale', cmd: 'sleep 1000' })
    const [first] = (await running('/scale', 1)).tasks
    expect((await send(marathon.port, 'PUT', '/v2/apps/scale', { instances: 3 })).status).toBe(200)
    await running('/scale', 3)
    await send(marathon.port, 'PUT', '/v2/apps/scale', { instances: 1 })
    expect((await running('/scale', 1)).tasks[0]?.id).toBe(first?.id ?? '')
    await remove('/scale')
    expect((await send(marathon.port, 'GET', '/v2/apps/scale')).status).toBe(404)
  })

  test('gets new tasks when it is changed or restarted, the old ones go as the new ones run', async () => {
    await post({ id: '/roll', cmd: 'sleep 1000', instances: 2 })
    const before = (await running('/roll', 2)).tasks.map(({ id }) => id)
    await send(marathon.port, 'PUT', '/v2/apps/roll', { env: { VERSION: '2' } })
    const fresh = async (old: string[]) => {
      const { tasks } = await running('/roll', 2)
      return tasks.every(({ id }) => !old.includes(id)) && tasks.map(({ id }) => id)
    }
    const after = await eventually('both are new', () => fresh(before))
    expect((await send(marathon.port, 'POST', '/v2/apps/roll/restart')).status).toBe(200)
    await eventually('both are new again', () => fresh(after))
    await eventually(
      'the deployments are over',
      async () => (await getJson(marathon.port, '/v2/deployments')).length === 0,
    )
    await remove('/roll')
  })

  test('that does not fit waits, and starts when an agent with room comes; tasks are spread', async () => {
    await post({ id: '/big', cmd: 'sleep 1000', cpus: 3, instances: 2 })
    await running('/big', 1).catch(() => {})
    await eventually(
      'one waits',
      async () => (await getJson(marathon.port, '/v2/queue')).queue[0].count === 1,
    )
    const second = await cluster.agent(['--resources=cpus:4;mem:4096;disk:10240;ports:[32000-32999]'], {
      name: 'second',
    })
    const { tasks } = await running('/big', 2)
    expect(new Set(tasks.map(({ slaveId }) => slaveId)).size).toBe(2)
    await remove('/big')
    await post({ id: '/spread', cmd: 'sleep 1000', instances: 4 })
    const spread = Map.groupBy((await running('/spread', 4)).tasks, ({ slaveId }) => slaveId)
    expect([...spread.values()].map(({ length }) => length)).toEqual([2, 2])
    await remove('/spread')
    await second.end('SIGUSR1')
  })
})

describe('an agent', () => {
  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGKILL', 137],
  ] as const) {
    test(`ended by ${signal} leaves its tasks, and finds them again`, async () => {
      await post({ id: '/stays', cmd: 'sleep 1000' })
      const [task] = (await running('/stays', 1)).tasks
      const pid = await pidOf(task?.id ?? '')
      const { id } = (await getJson(master.port, '/slaves')).slaves[0]
      expect(await agent.end(signal)).toBe(status)
      await eventually(
        'the master sees it inactive',
        async () => (await getJson(master.port, '/slaves')).slaves[0].active === false,
      )
      const { port } = agent
      agent = await cluster.agent([], { port })
      await eventually('it is up', async () => (await send(port, 'GET', '/health')).ok)
      const early = await send(port, 'GET', '/slave(1)/state')
      expect([early.status, await early.text()]).toEqual([503, 'Agent has not finished recovery'])
      await eventually('the same agent is back', async () => {
        const [slave] = (await getJson(master.port, '/slaves')).slaves
        return slave.active && slave.id === id
      })
      expect((await running('/stays', 1)).tasks[0]?.id).toBe(task?.id ?? '')
      expect([isAlive(pid), await pidOf(task?.id ?? '')]).toEqual([true, pid])
      // Not its parent any more, and yet it sees the end.
      process.kill(pid, 'SIGTERM')
      await eventually('another one runs', async () => (await running('/stays', 1)).tasks[0]?.id !== task?.id)
      await remove('/stays')
    })
  }

  test('learns what became of a task while it was away', async () => {
    await post({ id: '/away', cmd: 'sleep 1000' })
    const [task] = (await running('/away', 1)).tasks
    const pid = await pidOf(task?.id ?? '')
    await agent.end('SIGKILL')
    process.kill(pid, 'SIGKILL')
    agent = await cluster.agent([], { port: agent.port })
    await eventually('another one runs', async () => (await running('/away', 1)).tasks[0]?.id !== task?.id)
    expect((await stateOf()).completed_tasks.find(({ id }) => id === task?.id)?.state).toBe('TASK_FAILED')
    await remove('/away')
  })

  test('that is away for too long is unreachable, its tasks lost; back again, it kills what was replaced', async () => {
    await post({ id: '/lost', cmd: 'sleep 1000' })
    const [task] = (await running('/lost', 1)).tasks
    await agent.end('SIGKILL')
    const state = await eventually('it is unreachable', async () => {
      const now = await getJson(master.port, '/state')
      return now.unreachable_slaves === 1 && now
    })
    expect(state.slaves).toEqual([])
    expect(state.frameworks[0].unreachable_tasks.map(({ id, state }: Task) => [id, state])).toEqual([
      [task?.id, 'TASK_LOST'],
    ])
    agent = await cluster.agent([], { port: agent.port })
    await eventually(
      'a new task runs there',
      async () => (await running('/lost', 1)).tasks[0]?.id !== task?.id,
    )
    await eventually(
      'the old one was killed',
      async () => !(await stateOf()).tasks.some(({ id }) => id === task?.id),
    )
    expect((await getJson(master.port, '/state')).unreachable_slaves).toBe(0)
    await remove('/lost')
  })

  test('frozen and awake again is taken back; whether its master has it the master tells, and nobody else', async () => {
    const leader = { port: master.port }
    const registered = openRegistered({
      leader: () => `127.0.0.1:${leader.port}`,
      master: () => ({ scheme: 'http', authorization: async () => undefined }),
      agent: () => undefined,
      agentAuthorization: async () => undefined,
      waits: () => false,
    })
    const own = async () => (await getJson(agent.port, '/slave(1)/state')).id
    const id = await own()
    expect([await registered(id), await registered(`${id}0`)]).toEqual([true, false])
    process.kill(agent.pid, 'SIGSTOP')
    await eventually(
      'it is unreachable',
      async () => (await getJson(master.port, '/state')).unreachable_slaves === 1,
    )
    expect(await registered(id)).toBe(false)
    process.kill(agent.pid, 'SIGCONT')
    await eventually('it is active', async () => (await getJson(master.port, '/slaves')).slaves[0].active)
    expect([await registered(id), await own()]).toEqual([true, id])
    leader.port = await freePort()
    expect(await registered(id)).toBe('unreached')
  })

  test('ended by SIGUSR1 unregisters, kills its tasks and exits 0', async () => {
    await post({ id: '/leaves', cmd: 'sleep 1000' })
    const [task] = (await running('/leaves', 1)).tasks
    const pid = await pidOf(task?.id ?? '')
    expect(await agent.end('SIGUSR1')).toBe(0)
    await dead(pid)
    const { slaves } = await getJson(master.port, '/slaves')
    expect(slaves).toEqual([])
    expect((await stateOf()).completed_tasks.find(({ id }) => id === task?.id)?.state).toBe('TASK_LOST')
    await send(marathon.port, 'DELETE', '/v2/apps/leaves')
  })
})
