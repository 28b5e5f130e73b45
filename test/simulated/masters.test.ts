import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { systemClock } from '../../src/clock.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'
import { type Cluster, eventually, getJson, openCluster, type StandIn, send } from './harness.ts'
import { differences, fixture } from './shape.ts'

setDefaultTimeout(60_000)

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(() => cluster.remove())

const elected = (port: number) =>
  eventually('it leads with its registry', async () => {
    const metrics = await getJson(port, '/metrics/snapshot')
    return metrics['master/elected'] === 1 && metrics['registrar/registry_size_bytes'] > 0
  })

/** The statuses of a master's own ports below one ZooKeeper path. */
function mastersAt(path: string) {
  let count = 0
  return (quorum = 1, more: string[] = [], at: { port?: number; name?: string } = {}): Promise<StandIn> =>
    cluster.master([`--zk=${cluster.zkUrl(path)}`, `--quorum=${quorum}`, ...more], {
      name: `${path.slice(1)}-${count++}`,
      ...at,
    })
}

describe('two masters', () => {
  let leader: StandIn
  let standby: StandIn

  test('show themselves in the recorded znodes', async () => {
    const start = mastersAt('/two')
    leader = await start()
    await elected(leader.port)
    standby = await start()
    const zk = openSession(
      { servers: [{ host: '127.0.0.1', port: cluster.zk.port }] },
      systemClock,
      silentLog,
    )
    const names = await eventually('both contend', async () => {
      const list = await zk.children('/two')
      return list?.length === 3 && list
    })
    expect(names.filter((name) => /^json\.info_\d{10}$/.test(name)).length).toBe(2)
    expect(names.at(-1)).toBe('log_replicas')
    const info = JSON.parse(String((await zk.read(`/two/${names[0]}`))?.data))
    const recorded = JSON.parse(
      /json\.info_0000000001\n.*\n {2}text: (.*)/.exec(fixture('zk-tree.txt'))?.[1] ?? '',
    )
    expect(differences(recorded, info)).toEqual([])
    expect(info.ip).toBe(16777343)
    expect(info.pid).toBe(`master@127.0.0.1:${leader.port}`)
    const replicas = await eventually('both replicas', async () => {
      const list = await zk.children('/two/log_replicas')
      return list?.length === 2 && list
    })
    expect(String((await zk.read(`/two/log_replicas/${replicas[0]}`))?.data)).toMatch(
      /^log-replica\(1\)@127\.0\.0\.1:\d+$/,
    )
    await zk.close()
  })

  test('the standby sends to the leader, and answers for itself what is its own', async () => {
    await eventually(
      'it knows the leader',
      async () => (await send(standby.port, 'GET', '/state')).status === 307,
    )
    // Each of the recorded answers, path by path.
    for (const [, method, data, path, status, location] of fixture('redirect.txt').matchAll(
      /^\$ curl -i (?:-X (POST) .*-d '(.*)' )?http:\/\/127\.0\.0\.1:5060(\S+)\nHTTP\/1\.1 (\d+) .*\n(?:(?!Location|Content-Length).*\n)*(?:Location: \/\/127\.0\.0\.1:5050(\S*)\n)?/gm,
    )) {
      const answer = await send(standby.port, method ?? 'GET', path ?? '', data && JSON.parse(data))
      const expected = location === undefined ? null : `//127.0.0.1:${leader.port}${location}`
      expect([path, answer.status, answer.headers.get('Location')]).toEqual([path, Number(status), expected])
    }
    expect((await send(leader.port, 'GET', '/redirect')).headers.get('Location')).toBe(
      `//127.0.0.1:${leader.port}`,
    )
    expect(
      (await getJson(standby.port, '/metrics/snapshot'))['registrar/registry_size_bytes'],
    ).toBeUndefined()
  })

  test('SIGTERM ends the leader as killed by it, and the standby takes over', async () => {
    expect(await leader.end()).toBe(143)
    await elected(standby.port)
    expect(await standby.end('SIGHUP')).toBe(129)
  })
})

test('SIGINT and SIGUSR1 end a master as killed by them', async () => {
  const start = mastersAt('/signals')
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGUSR1', 138],
    ['SIGKILL', 137],
  ] as const) {
    const master = await start()
    await eventually('it answers', async () => (await send(master.port, 'GET', '/health')).ok)
    expect(await master.end(signal)).toBe(status)
  }
})

describe('the replicated log', () => {
  const weights = [{ role: 'marker', weight: 2.5 }]
  const weightsOf = (port: number) => getJson(port, '/weights')

  test('three masters keep the registry when the leader is lost', async () => {
    const start = mastersAt('/three')
    const three = await Promise.all([start(2), start(2), start(2)])
    const leads = async (master: StandIn) =>
      (await getJson(master.port, '/metrics/snapshot'))['registrar/registry_size_bytes'] > 0
    const find = async (list: StandIn[]) => {
      for (const master of list) if (await leads(master)) return master
      return undefined
    }
    const first = await eventually('one leads', () => find(three))
    expect((await send(first.port, 'PUT', '/weights', weights)).status).toBe(200)
    const guarantee = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }]
    const quota = { role: 'marker', guarantee, force: true }
    expect((await send(first.port, 'POST', '/quota', quota)).status).toBe(200)
    await first.end('SIGKILL')
    const rest = three.filter((master) => master !== first)
    const second = await eventually('another leads', () => find(rest))
    expect(await weightsOf(second.port)).toEqual(weights)
    expect((await getJson(second.port, '/quota')).infos).toEqual([{ role: 'marker', guarantee }])
    await Promise.all(rest.map((master) => master.end('SIGKILL')))
  })

  test('two of three are not enough to begin one; with the third it begins at once', async () => {
    const start = mastersAt('/begin')
    const two = [await start(2), await start(2)]
    const leader = await eventually('one is elected', async () => {
      for (const { port } of two)
        if ((await getJson(port, '/metrics/snapshot'))['master/elected'] === 1) return port
      return undefined
    })
    await Bun.sleep(1500)
    const metrics = await getJson(leader, '/metrics/snapshot')
    expect([metrics['registrar/log/recovered'], metrics['registrar/registry_size_bytes']]).toEqual([
      0,
      undefined,
    ])
    const state = await getJson(leader, '/state')
    expect([state.slaves, state.frameworks]).toEqual([[], []])
    expect((await send(leader, 'POST', '/api/v1', { type: 'GET_STATE' })).status).toBe(503)
    const third = await start(2)
    await elected(leader)
    await Promise.all([...two, third].map((master) => master.end('SIGKILL')))
  })

  test('two that were initialised are enough, and the third learns; an initialised one is not initialised again', async () => {
    const initialize = (name: string) => {
      mkdirSync(`${cluster.dir}/${name}`, { recursive: true })
      return cluster.run('mesos-log', ['initialize', `--path=${cluster.dir}/${name}/replicated_log`])
    }
    expect(await initialize('born-a').ended).toBe(0)
    expect(await initialize('born-b').ended).toBe(0)
    const again = initialize('born-b')
    expect(await again.ended).toBe(1)
    expect(again.output()).toContain('The log is not empty')
    const start = mastersAt('/born')
    const begin = (name: string) => start(2, ['--no-log_auto_initialize'], { name })
    const two = [await begin('born-a'), await begin('born-b')]
    await eventually('one leads', async () => {
      const all = await Promise.all(two.map(({ port }) => getJson(port, '/metrics/snapshot')))
      return all.some((metrics) => metrics['registrar/registry_size_bytes'] > 0)
    })
    const third = await begin('born-c')
    await eventually(
      'the third votes',
      async () => (await getJson(third.port, '/metrics/snapshot'))['registrar/log/recovered'] === 1,
    )
    await Promise.all([...two, third].map((master) => master.end('SIGKILL')))
  })

  test('a master of one, restarted with a quorum of two beside empty ones, never recovers and aborts', async () => {
    const start = mastersAt('/grow')
    const port = await freePort()
    const alone = await start(1, [], { port, name: 'grow-a' })
    await elected(port)
    expect((await send(port, 'PUT', '/weights', weights)).status).toBe(200)
    await alone.end('SIGKILL')
    const more = ['--registry_fetch_timeout=5secs']
    const again = await start(2, more, { port, name: 'grow-a' })
    await eventually(
      'it is elected',
      async () => (await getJson(port, '/metrics/snapshot'))['master/elected'] === 1,
    )
    const empty = [
      await start(2, ['--registry_fetch_timeout=30secs']),
      await start(2, ['--registry_fetch_timeout=30secs']),
    ]
    expect(await again.ended).toBe(134)
    expect(again.output()).toContain(
      'Recovery failed: Failed to recover registrar: Failed to perform fetch within 5secs',
    )
    await Promise.all(empty.map((master) => master.end('SIGKILL')))
  })

  test('a copied log grows 1 to 3 with the registry kept, and the third learns it', async () => {
    const start = mastersAt('/copy')
    const a = await start(1, [], { name: 'copy-a' })
    await elected(a.port)
    expect((await send(a.port, 'PUT', '/weights', weights)).status).toBe(200)
    await a.end('SIGKILL')
    await Bun.$`mkdir -p ${cluster.dir}/copy-b && cp -r ${cluster.dir}/copy-a/replicated_log ${cluster.dir}/copy-b/`.quiet()
    const both = [await start(2, [], { name: 'copy-a' }), await start(2, [], { name: 'copy-b' })]
    const lead = async (list: StandIn[]) => {
      for (const { port } of list) if ((await weightsOf(port))?.length === 1) return port
      return undefined
    }
    await eventually('one leads with the weights', () => lead(both))
    const c = await start(2, [], { name: 'copy-c' })
    await eventually(
      'the third votes',
      async () => (await getJson(c.port, '/metrics/snapshot'))['registrar/log/recovered'] === 1,
    )
    await both[0]?.end('SIGKILL')
    const rest = [both[1], c].filter((each) => each !== undefined)
    await eventually('two lead with the weights', () => lead(rest))
    await Promise.all(rest.map((master) => master.end('SIGKILL')))
  })

  test('a second master on the same work_dir is refused while the first runs, and taken when it is gone', async () => {
    const start = mastersAt('/lock')
    const first = await start(1, [], { name: 'lock' })
    await elected(first.port)
    const second = await start(1, [], { name: 'lock' })
    expect(await second.ended).toBe(1)
    await first.end('SIGKILL')
    const third = await start(1, [], { name: 'lock' })
    await elected(third.port)
    await third.end()
  })
})

test('the next leader knows what is drained', async () => {
  const start = mastersAt('/drain')
  const three = await Promise.all([start(2), start(2), start(2)])
  const lead = () =>
    eventually('one leads', async () => {
      for (const { port } of three) {
        const metrics = await getJson(port, '/metrics/snapshot').catch(() => ({}))
        if (metrics?.['registrar/registry_size_bytes'] > 0) return three.find((each) => each.port === port)
      }
      return undefined
    })
  const first = await lead()
  await cluster.agent([`--master=${cluster.zkUrl('/drain')}`], { name: 'drained' })
  const slave = async (port: number) => (await getJson(port, '/slaves')).slaves[0]
  const { id } = await eventually('the agent is there', () => slave(first.port))
  const drain_agent = { agent_id: { value: id }, mark_gone: false }
  expect((await send(first.port, 'POST', '/api/v1', { type: 'DRAIN_AGENT', drain_agent })).status).toBe(200)
  await first.end('SIGKILL')
  const second = await lead()
  const after = await eventually('the agent is there again', () => slave(second.port))
  expect([after.id, after.active, after.deactivated, after.drain_info.state]).toEqual([
    id,
    false,
    true,
    'DRAINED',
  ])
})

test('without --zk a master leads alone', async () => {
  const port = await freePort()
  const master = cluster.run(
    'mesos-master',
    [`--work_dir=${cluster.dir}/standalone`, '--ip=127.0.0.1', `--port=${port}`],
    {},
    port,
  )
  await elected(port)
  expect(await master.end()).toBe(143)
})
