import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { freePort, startZooKeeper, type TestServer } from '../zookeeper/server.ts'
import { digMany } from './dig.ts'
import { type FakeMaster, fixtures, recordedState, startMaster } from './master.ts'

/** The znodes of the recorded tree with two masters: name → data. */
function recordedZnodes(): Map<string, string> {
  const tree = readFileSync(join(fixtures, 'zk-tree.txt'), 'utf8').split('# with two masters')[1] ?? ''
  const nodes = new Map<string, string>()
  let path = ''
  for (const line of tree.split('\n')) {
    if (line.startsWith('/')) {
      path = line
      nodes.set(path, '')
    } else if (line.startsWith('  text: ')) nodes.set(path, line.slice('  text: '.length))
  }
  return nodes
}

let zookeeper: TestServer
let session: Session
let master: FakeMaster
let resolver: Resolver

beforeAll(async () => {
  zookeeper = await startZooKeeper()
  const state = recordedState()
  master = startMaster((path) =>
    path === '/master/state' ? { ...state, leader: `master@127.0.0.1:${master.port}` } : undefined,
  )
  session = openSession({ servers: [{ host: '127.0.0.1', port: zookeeper.port }] }, systemClock, silentLog)
  for (const [path, data] of recordedZnodes())
    await session.create(path, data.replaceAll(':5050', `:${master.port}`))
  resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
    }),
    source: { kind: 'zookeeper', session, path: '/mesos' },
    clock: systemClock,
    log: silentLog,
    lookUp: async () => ['192.0.2.10'],
  })
  await until(systemClock, { everyMs: 20, timeoutMs: 10_000 }, () => resolver.status().loadedAt)
}, 30_000)

afterAll(async () => {
  await resolver?.close()
  await session?.close()
  await master?.stop()
  await zookeeper?.remove()
})

test('dig gets every record that the rules give for the state of a real master, and no other', async () => {
  const lines = readFileSync(join(fixtures, 'expected-records.txt'), 'utf8')
    .replaceAll(' 5050 ', ` ${master.port} `)
    .trim()
    .split('\n')
  const expected = new Map<string, string[]>()
  for (const line of lines) {
    const [name = '', type = '', ...data] = line.split(' ')
    const key = `${name} ${type}`
    expected.set(key, [...(expected.get(key) ?? []), data.join(' ')].sort())
  }
  const questions = [...expected.keys()].map((key): [string, string] => {
    const [name = '', type = ''] = key.split(' ')
    return [name, type]
  })
  expect(await digMany(resolver.port, questions)).toEqual(expected)
  expect(
    resolver
      .records()
      .map(({ name, type, data }) => `${name} ${type} ${data}`)
      .sort(),
  ).toEqual(lines.sort())
})

test('a leader that hangs is left for the next one as soon as ZooKeeper names it, and that one followed within 2 s of its first answer', async () => {
  const state = recordedState()
  // At first it has not recovered yet.
  let refusals = 3
  let firstAnswer = Number.NaN
  const next = startMaster((path) => {
    if (path !== '/master/state') return undefined
    if (refusals-- > 0) return new Response('', { status: 503 })
    firstAnswer ||= performance.now()
    return { ...state, leader: `master@${next.address}`, frameworks: [] }
  })
  try {
    master.serve = () => new Promise(() => {})
    const asked = master.asked.length
    void resolver.refresh()
    await until(
      systemClock,
      { everyMs: 10, timeoutMs: 5_000 },
      () => master.asked.length > asked || undefined,
    )
    const address = { address: { ip: '127.0.0.1', port: next.port } }
    await session.write('/mesos/json.info_0000000002', JSON.stringify(address))
    await session.remove('/mesos/json.info_0000000001')
    const followed = await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () =>
      resolver.status().leader === next.address ? true : undefined,
    )
    expect(followed).toBe(true)
    expect(performance.now() - firstAnswer).toBeLessThan(2_000)
  } finally {
    await next.stop()
  }
}, 30_000)

test('an election of masters before Mesos 0.24 is followed: their znodes are protobuf', async () => {
  const state = recordedState()
  const old = startMaster((path) =>
    path === '/master/state' ? { ...state, leader: `master@${old.address}`, frameworks: [] } : undefined,
  )
  try {
    for (const name of ['json.info_0000000001', 'json.info_0000000002'])
      await session.remove(`/mesos/${name}`).catch(() => {})
    // MasterInfo: id (1), ip as a number in host order (2), port (3).
    const info = [0x0a, 1, 97, 0x10, 0xff, 0x80, 0x80, 0x08, 0x18, (old.port & 127) | 128]
    const port = [((old.port >> 7) & 127) | 128, old.port >> 14]
    await session.create('/mesos/info_0000000000', Buffer.from([...info, ...port]))
    const followed = await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () =>
      resolver.status().leader === old.address ? true : undefined,
    )
    expect(followed).toBe(true)
  } finally {
    await old.stop()
  }
}, 30_000)
