import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { openSession, type Session, type SessionState } from '../../src/config/zookeeper/session.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import { startZooKeeper, type TestServer } from './server.ts'

let server: TestServer
const open: Session[] = []

function session(timeoutMs = 4000): Session {
  const made = openSession(
    { servers: [{ host: '127.0.0.1', port: server.port }], timeoutMs },
    systemClock,
    silentLog,
  )
  open.push(made)
  return made
}

/** Fails with what was seen when `check` does not come true in time. */
async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  const found = await until(
    systemClock,
    { everyMs: 20, timeoutMs: 30_000 },
    async () => (await check()) || undefined,
  )
  expect(found).toBe(true)
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'no error'
  } catch (error) {
    return error instanceof MeshboxError ? error.code : String(error)
  }
}

beforeAll(async () => {
  server = await startZooKeeper()
})
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})
afterAll(() => server.remove())

describe('operations', () => {
  test('read, create, write by version, list and remove', async () => {
    const zk = session()
    expect(await zk.read('/ops')).toBeUndefined()
    expect(await zk.children('/ops')).toBeUndefined()
    await zk.ensure('/ops/deep/er')
    await zk.ensure('/ops/deep/er')
    expect(await zk.create('/ops/a', 'one')).toBe('/ops/a')
    expect(await zk.read('/ops/a')).toEqual({ data: Buffer.from('one'), version: 0 })
    expect(await zk.write('/ops/a', 'two', 0)).toBe(1)
    expect(await codeOf(zk.write('/ops/a', 'three', 0))).toBe('zk-bad-version')
    expect(await codeOf(zk.create('/ops/a', ''))).toBe('zk-node-exists')
    expect(await codeOf(zk.write('/ops/none', ''))).toBe('zk-no-node')
    expect(await codeOf(zk.remove('/ops/deep'))).toBe('zk-not-empty')
    expect(await zk.children('/ops')).toEqual(['a', 'deep'])
    await zk.remove('/ops/a')
    await zk.remove('/ops/a')
    expect(await codeOf(zk.read('no-slash'))).toBe('zk-failed')
  })

  test('a transaction happens as a whole or not at all', async () => {
    const zk = session()
    await zk.ensure('/tx')
    await zk.commit([
      { kind: 'create', path: '/tx/a', data: 'a' },
      { kind: 'create', path: '/tx/b', data: 'b' },
    ])
    const failed = zk.commit([
      { kind: 'write', path: '/tx/a', data: 'changed', version: 0 },
      { kind: 'check', path: '/tx/b', version: 7 },
    ])
    expect(await codeOf(failed)).not.toBe('no error')
    await zk.write('/tx/b', 'changed')
    const late = zk.commit([{ kind: 'write', path: '/tx/b', data: 'late', version: 0 }])
    expect(await codeOf(late)).toBe('zk-bad-version')
    expect(await codeOf(zk.commit([{ kind: 'check', path: '/tx/b', version: 0 }]))).toBe('zk-bad-version')
    expect((await zk.read('/tx/a'))?.data.toString()).toBe('a')
  })

  test('an ephemeral znode goes with its session', async () => {
    const [one, two] = [session(), session()]
    await one.create('/gone', '', 'ephemeral')
    expect((await two.read('/gone'))?.owner).toBe(one.id() ?? '')
    expect((await two.read('/zookeeper'))?.owner).toBeUndefined()
    await one.close()
    await eventually(async () => (await two.read('/gone')) === undefined)
    expect(await codeOf(one.read('/gone'))).toBe('zk-closed')
  })
})

describe('following', () => {
  test('tells absence, creation, each change and removal', async () => {
    const [one, two] = [session(), session()]
    const seen: (string | undefined)[] = []
    one.follow('/followed', (node) => seen.push(node?.data.toString()))
    await eventually(() => seen.length === 1)
    await two.create('/followed', 'a')
    await eventually(() => seen.at(-1) === 'a')
    await two.write('/followed', 'b')
    await eventually(() => seen.at(-1) === 'b')
    await two.remove('/followed')
    await eventually(() => seen.at(-1) === undefined)
    expect(seen[0]).toBeUndefined()
  })

  test('tells children that come and go, also of a znode that is made later', async () => {
    const [one, two] = [session(), session()]
    let seen: string[] | undefined
    const stop = one.followChildren('/parent', (names) => {
      seen = names
    })
    await two.ensure('/parent/x')
    await eventually(() => seen?.join() === 'x')
    await two.create('/parent/y', '')
    await eventually(() => seen?.join() === 'x,y')
    stop()
    await two.remove('/parent/x')
    await two.remove('/parent/y')
    expect(seen).toEqual(['x', 'y'])
  })

  test('survives a killed server: changes made meanwhile and later are seen', async () => {
    const zk = session()
    const states: SessionState[] = []
    zk.onState((state) => states.push(state))
    await zk.ensure('/kept')
    let seen = ''
    zk.follow('/kept', (node) => {
      seen = node?.data.toString() ?? ''
    })
    await server.kill()
    await eventually(() => zk.state() === 'suspended')
    await server.start()
    const other = session()
    await other.write('/kept', 'after')
    await eventually(() => seen === 'after')
    expect(states).not.toContain('lost')
  })
})

describe('a session that is over', () => {
  test('is told as lost after its timeout without a server, and a new one follows and re-reads', async () => {
    const zk = session(2000)
    await zk.ensure('/again')
    const before = zk.id()
    const states: SessionState[] = []
    zk.onState((state) => states.push(state))
    let seen = 0
    zk.follow('/again', () => {
      seen++
    })
    await eventually(() => seen > 0)
    await server.kill()
    await eventually(() => states.includes('lost'))
    const seenBefore = seen
    await server.start()
    await eventually(() => zk.state() === 'connected' && seen > seenBefore)
    expect(zk.id()).not.toBe(before)
    expect(await zk.read('/again')).toBeDefined()
  })

  test('is noticed when the server hangs without closing the connection', async () => {
    const zk = session(2000)
    await zk.ensure('/hung')
    const states: SessionState[] = []
    zk.onState((state) => states.push(state))
    await server.pause()
    const read = codeOf(zk.read('/hung'))
    await eventually(() => states.includes('lost'))
    expect(await read).toBe('zk-connection-loss')
    server.resume()
    await eventually(() => zk.state() === 'connected')
  })

  test('never connected: operations fail in time, nothing is told as lost', async () => {
    const zk = openSession(
      { servers: [{ host: '127.0.0.1', port: 1 }], timeoutMs: 500 },
      systemClock,
      silentLog,
    )
    open.push(zk)
    const states: SessionState[] = []
    zk.onState((state) => states.push(state))
    expect(await codeOf(zk.read('/x'))).toBe('zk-connection-loss')
    expect(states).not.toContain('lost')
    expect(zk.id()).toBeUndefined()
  })
})

test('an IPv6 server is reached', async () => {
  const proxy = Bun.listen({ hostname: '::1', port: 0, socket: bridge(() => server.port) })
  const zk = openSession(
    { servers: [{ host: '::1', port: proxy.port }], timeoutMs: 4000 },
    systemClock,
    silentLog,
  )
  open.push(zk)
  expect(await zk.children('/')).toContain('zookeeper')
  await zk.close()
  proxy.stop(true)
})

/** Passes bytes both ways between a client and the port on 127.0.0.1. */
function bridge(port: () => number): Bun.SocketHandler<{ to?: Bun.Socket; early: Buffer[] }> {
  return {
    async open(from) {
      from.data = { early: [] }
      const to = await Bun.connect({
        hostname: '127.0.0.1',
        port: port(),
        socket: {
          data: (_, bytes) => void from.write(bytes),
          close: () => void from.end(),
        },
      })
      from.data.to = to
      for (const bytes of from.data.early) to.write(bytes)
    },
    data(from, bytes) {
      if (from.data.to) from.data.to.write(bytes)
      else from.data.early.push(bytes)
    },
    close: (from) => void from.data.to?.end(),
  }
}
