import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { freePort } from '../zookeeper/server.ts'
import { type Cluster, eventually, getJson, openCluster, type StandIn, send } from './harness.ts'

setDefaultTimeout(60_000)

let cluster: Cluster
let master: StandIn
let leader: StandIn
let standby: StandIn

beforeAll(async () => {
  cluster = await openCluster()
  master = await cluster.master()
  await cluster.agent()
  leader = await cluster.marathon()
  await eventually('Marathon is subscribed', async () => (await getJson(leader.port, '/v2/info')).frameworkId)
  standby = await cluster.marathon()
  await eventually(
    'the standby knows the leader',
    async () => (await getJson(standby.port, '/v2/leader')).leader,
  )
})
afterAll(() => cluster.remove())

const small = { cpus: 0.1, mem: 16 }
const frameworkOf = async (port: number) => (await getJson(port, '/state')).frameworks[0]

describe('the API', () => {
  test('ping, info, leader', async () => {
    expect(await (await send(leader.port, 'GET', '/ping')).text()).toBe('pong')
    const info = await getJson(leader.port, '/v2/info')
    expect([info.name, info.elected, info.leader]).toEqual(['marathon', true, `127.0.0.1:${leader.port}`])
    expect(info.version).toContain('simulated')
    expect(await getJson(standby.port, '/v2/leader')).toEqual({ leader: `127.0.0.1:${leader.port}` })
    expect((await getJson(standby.port, '/v2/info')).elected).toBe(false)
  })

  test('refuses what is no app, and what is there already', async () => {
    const post = async (body: unknown) => (await send(leader.port, 'POST', '/v2/apps', body)).status
    expect(await post({ id: '/ok', cmd: 'sleep 1000', ...small, instances: 0 })).toBe(201)
    expect(await post({ id: '/ok', cmd: 'sleep 1000' })).toBe(409)
    expect(await post({ id: '/Big', cmd: 'x' })).toBe(422)
    expect(await post({ id: '/nothing' })).toBe(422)
    expect(await post({ id: '/minus', cmd: 'x', instances: -1 })).toBe(422)
    const bad = await fetch(`http://127.0.0.1:${leader.port}/v2/apps`, { method: 'POST', body: '{' })
    expect(bad.status).toBe(400)
    expect((await send(leader.port, 'DELETE', '/v2/apps/none')).status).toBe(404)
    expect((await send(leader.port, 'DELETE', '/v2/apps/ok')).status).toBe(200)
  })

  test('a standby hands everything on to the leader', async () => {
    const made = await send(standby.port, 'POST', '/v2/apps', {
      id: '/a/b/web',
      cmd: 'sleep 1000',
      instances: 1,
      ...small,
    })
    expect([made.status, made.headers.get('X-Marathon-Leader')]).toEqual([
      201,
      `http://127.0.0.1:${leader.port}`,
    ])
    await eventually(
      'it runs',
      async () => (await getJson(standby.port, '/v2/apps//a/b/web')).app.tasksRunning === 1,
    )
    const text = await fetch(`http://127.0.0.1:${standby.port}/v2/tasks`, {
      headers: { Accept: 'text/plain' },
    })
    expect(await text.text()).toMatch(/^a_b_web\t0\t127\.0\.0\.1:\d+\t\n$/)
    const groups = await getJson(leader.port, '/v2/groups')
    expect(groups.groups[0].groups[0].apps[0].id).toBe('/a/b/web')
    expect((await getJson(leader.port, '/v2/apps?embed=apps.tasks')).apps[0].tasks.length).toBe(1)
  })

  test('one task is killed and replaced, or the app scaled down by it', async () => {
    const tasks = async () =>
      (await getJson(leader.port, '/v2/apps//a/b/web/tasks')).tasks as { id: string; state: string }[]
    const [task] = await tasks()
    await send(leader.port, 'DELETE', `/v2/apps//a/b/web/tasks/${task?.id}`)
    const next = await eventually('another one runs', async () => {
      const [now, more] = await tasks()
      return now && !more && now.id !== task?.id && now.state === 'TASK_RUNNING' && now
    })
    await send(leader.port, 'DELETE', `/v2/apps//a/b/web/tasks/${next.id}?scale=true`)
    await eventually('none is left', async () => (await tasks()).length === 0)
    expect((await getJson(leader.port, '/v2/apps//a/b/web')).app.instances).toBe(0)
    await send(leader.port, 'PUT', '/v2/apps//a/b/web', { instances: 1 })
    await eventually('it runs', async () => (await tasks())[0]?.state === 'TASK_RUNNING')
  })
})

test('changes at the same time build on each other', async () => {
  await send(leader.port, 'POST', '/v2/apps', { id: '/busy', cmd: 'sleep 1000', instances: 0, ...small })
  const changes = Array.from({ length: 10 }, (_, i) => ({ labels: { [`l${i}`]: 'x' } }))
  await Promise.all([
    ...changes.map((change) => send(leader.port, 'PUT', '/v2/apps/busy', change)),
    send(standby.port, 'PUT', '/v2/apps/busy', { env: { A: '1' } }),
    send(leader.port, 'PUT', '/v2/apps/busy', { mem: 17 }),
  ])
  const { app } = await getJson(leader.port, '/v2/apps/busy')
  expect([app.env, app.mem]).toEqual([{ A: '1' }, 17])
  await send(leader.port, 'DELETE', '/v2/apps/busy')
})

test('a failing app is started again at growing intervals', async () => {
  await send(leader.port, 'POST', '/v2/apps', {
    id: '/fails',
    cmd: 'exit 1',
    backoffSeconds: 0.2,
    backoffFactor: 100,
    ...small,
  })
  await eventually('it waits for long', async () => {
    const queue = (await getJson(leader.port, '/v2/queue')).queue as {
      app: { id: string }
      delay: { timeLeftSeconds: number }
    }[]
    return queue.some(({ app, delay }) => app.id === '/fails' && delay.timeLeftSeconds > 10)
  })
  const { completed_tasks } = await frameworkOf(master.port)
  expect(completed_tasks.filter(({ name }: { name: string }) => name === 'fails').length).toBe(2)
  await send(leader.port, 'DELETE', '/v2/apps/fails')
})

describe('a change of leaders', () => {
  test('kill -9 right after the answer loses nothing, and the framework stays the same', async () => {
    const before = await frameworkOf(master.port)
    const made = await send(leader.port, 'POST', '/v2/apps', { id: '/kept', cmd: 'sleep 1000', ...small })
    expect(made.status).toBe(201)
    expect(await leader.end('SIGKILL')).toBe(137)
    const away = await frameworkOf(master.port)
    expect([away.id, away.active, away.connected]).toEqual([before.id, false, false])
    expect(away.tasks.some(({ name }: { name: string }) => name === 'web.b.a')).toBe(true)
    await eventually(
      'the standby leads and runs it',
      async () => (await getJson(standby.port, '/v2/apps/kept')).app.tasksRunning === 1,
    )
    const after = await frameworkOf(master.port)
    expect([after.id, after.active, after.connected]).toEqual([before.id, true, true])
    const web = (tasks: { id: string; name: string }[]) =>
      tasks.filter(({ name }) => name === 'web.b.a').map(({ id }) => id)
    expect(web(after.tasks)).toEqual(web(before.tasks))
    leader = standby
  })

  test('SIGTERM hands over at once', async () => {
    standby = await cluster.marathon()
    await eventually(
      'the standby knows the leader',
      async () => (await getJson(standby.port, '/v2/leader')).leader,
    )
    expect(await leader.end()).toBe(143)
    await eventually('the other one leads', async () => (await getJson(standby.port, '/v2/info')).elected)
    leader = standby
    expect((await getJson(leader.port, '/v2/apps')).apps.map(({ id }: { id: string }) => id).sort()).toEqual([
      '/a/b/web',
      '/kept',
    ])
  })

  test('a new master has agents, tasks and the framework again', async () => {
    const second = await cluster.master([], { name: 'second' })
    await eventually('it is a standby', async () => (await send(second.port, 'GET', '/state')).status === 307)
    const before = await frameworkOf(master.port)
    await master.end('SIGKILL')
    const after = await eventually('all is there again', async () => {
      const framework = await frameworkOf(second.port)
      return framework.connected && framework.tasks.length === before.tasks.length && framework
    })
    const ids = (framework: { tasks: { id: string }[] }) => framework.tasks.map(({ id }) => id).sort()
    expect([after.id, ids(after)]).toEqual([before.id, ids(before)])
    await Bun.sleep(500)
    expect(ids(await frameworkOf(second.port))).toEqual(ids(before))
    master = second
  })

  test('DELETE /v2/leader ends it with 105', async () => {
    expect((await send(leader.port, 'DELETE', '/v2/leader')).status).toBe(200)
    expect(await leader.ended).toBe(105)
  })
})

describe('exit codes', () => {
  const ended = (args: string[], env: Record<string, string> = {}) => cluster.run('marathon', args, env).ended

  test('112 for flags that it does not take', async () => {
    const master = '--master=zk://127.0.0.1:1/mesos'
    expect(await ended([])).toBe(112)
    expect(await ended([master, '--frobnicate'])).toBe(112)
    expect(await ended([master, '--http_port', 'abc'])).toBe(112)
    expect(await ended([master, '--zk', 'http://x'])).toBe(112)
    expect(await ended([master], { MARATHON_ZK_TIMEOUT: 'soon' })).toBe(112)
    expect(await ended(['--version'])).toBe(0)
  })

  test('111 for a port that is taken, 110 for a framework that was torn down', async () => {
    const flags = [
      `--master=${cluster.zkUrl('/mesos')}`,
      `--zk=${cluster.zkUrl('/marathon')}`,
      '--hostname=127.0.0.1',
    ]
    expect(await ended([...flags, `--http_port=${master.port}`])).toBe(111)
    const port = await freePort()
    const last = cluster.run('marathon', [...flags, '--disable_ha', `--http_port=${port}`], {}, port)
    const id = await eventually('it is subscribed', async () => (await getJson(port, '/v2/info')).frameworkId)
    await eventually('the master has it', async () => (await frameworkOf(master.port)).connected)
    await send(master.port, 'POST', '/api/v1', {
      type: 'TEARDOWN',
      teardown: { framework_id: { value: id } },
    })
    expect(await last.ended).toBe(110)
  })
})
