import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { guardTree } from '../../src/config/zookeeper/access.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { startZooKeeper, type TestServer } from './server.ts'

let server: TestServer
const sessions: Session[] = []

beforeAll(async () => {
  server = await startZooKeeper()
})
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()))
})
afterAll(() => server.remove())

const newKey = () => crypto.getRandomValues(new Uint8Array(32))

/** A machine with these keys, whose ring can be changed. */
function machineAt(root: string, ...keys: Uint8Array[]) {
  const listeners = new Set<() => void>()
  const onChange = (see: () => void) => {
    listeners.add(see)
    return () => listeners.delete(see)
  }
  const servers = [{ host: '127.0.0.1', port: server.port }]
  const access = { root, keys: () => keys, onChange }
  const session = openSession({ servers, access, timeoutMs: 4000 }, systemClock, silentLog)
  sessions.push(session)
  return {
    session,
    async change(...next: Uint8Array[]) {
      keys = next
      for (const see of [...listeners]) see()
      await guardTree(session, root)
    },
  }
}

/** What becomes of everything that somebody may try on a znode with a child. */
function tryAll({ session }: { session: Session }, path: string): Promise<unknown[]> {
  const attempts = [
    session.read(path),
    session.children(path),
    session.create(`${path}/new`, 'x'),
    session.commit([{ kind: 'create', path: `${path}/other`, data: 'x' }]),
    session.write(path, 'x'),
    session.remove(`${path}/child`),
  ]
  return Promise.all(attempts.map((attempt) => attempt.catch((error) => error.code)))
}

const refused = Array.from({ length: 6 }, () => 'zk-no-auth')

describe('the znodes of a cluster with a key', () => {
  test('are for machines with the key alone; who has none, or another, gets nothing but a refusal', async () => {
    const [root, key] = ['/meshbox/guarded', newKey()]
    const a = machineAt(root, key)
    await a.session.ensure(`${root}/history`)
    await a.session.create(`${root}/history/child`, 'text')
    await a.session.create(`${root}/nodes`, 'x', 'ephemeral')
    await a.session.commit([{ kind: 'create', path: `${root}/config`, data: 'text' }])
    const b = machineAt(root, key)
    expect((await b.session.read(`${root}/history/child`))?.data.toString()).toBe('text')
    for (const stranger of [
      machineAt('/nowhere'),
      machineAt('/nowhere', newKey()),
      machineAt(root, newKey()),
    ]) {
      expect(await tryAll(stranger, `${root}/history`)).toEqual(refused)
      for (const path of [root, `${root}/config`, `${root}/nodes`])
        expect(await stranger.session.read(path).catch((error) => error.code)).toBe('zk-no-auth')
      expect(await stranger.session.remove(`${root}/config`).catch((error) => error.code)).toBe('zk-no-auth')
    }
    expect(await b.session.children(`${root}/history`)).toEqual(['child'])
  })
  test("have no other door beside them: not the parent, not an ACL of the stranger's own", async () => {
    const [root, key] = ['/meshbox/doors', newKey()]
    const a = machineAt(root, key)
    await a.session.ensure(`${root}/history`)
    const stranger = machineAt(root, newKey())
    expect(await stranger.session.guard(root).catch((error) => error.code)).toBe('zk-no-auth')
    expect(await stranger.session.remove(`${root}/history`).catch((error) => error.code)).toBe('zk-no-auth')
    expect(await stranger.session.remove(root).catch((error) => error.code)).toBe('zk-not-empty')
    expect(await a.session.children(root)).toEqual(['history'])
  })

  test('follow the ring: a new key opens them, one that was taken out does not, and nobody loses touch', async () => {
    const [root, old, next] = ['/meshbox/ring', newKey(), newKey()]
    const machines = [machineAt(root, old), machineAt(root, old)]
    const [a, b] = machines as [(typeof machines)[0], (typeof machines)[0]]
    await a.session.ensure(`${root}/history`)
    await a.session.create(`${root}/nodes`, 'x', 'ephemeral')
    for (const { change } of machines) await change(old, next)
    expect(await machineAt(root, next).session.children(root)).toEqual(['history', 'nodes'])
    for (const { change } of machines) await change(next, old)
    await b.session.create(`${root}/history/1`, 'x')
    for (const { change } of machines) await change(next)
    const late = machineAt(root, old)
    for (const path of [root, `${root}/history`, `${root}/history/1`, `${root}/nodes`])
      expect(await late.session.read(path).catch((error) => error.code)).toBe('zk-no-auth')
    await a.session.write(`${root}/history/1`, 'y')
    const fresh = machineAt(root, next)
    expect((await fresh.session.read(`${root}/history/1`))?.data.toString()).toBe('y')
  })

  test('are still open to it after the connection was lost', async () => {
    const [root, key] = ['/meshbox/again', newKey()]
    const { session } = machineAt(root, key)
    await session.ensure(root)
    await server.kill()
    await server.start()
    await until(
      systemClock,
      { everyMs: 50, timeoutMs: 15_000 },
      () => session.state() === 'connected' || undefined,
    )
    expect(await session.children(root)).toEqual([])
  }, 30_000)
})

test('in an open cluster they are for everybody', async () => {
  const { session } = machineAt('/meshbox/everybody')
  await session.ensure('/meshbox/everybody/history')
  const stranger = machineAt('/meshbox/everybody', newKey())
  expect(await stranger.session.children('/meshbox/everybody')).toEqual(['history'])
})
