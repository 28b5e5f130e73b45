import { afterAll, beforeAll, expect, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { type SharedState, sharedDocument } from '../../src/config/document/shared.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { secretsAt } from './secrets.ts'
import { startZooKeeper, type TestServer } from './server.ts'

let server: TestServer
let session: Session

beforeAll(async () => {
  server = await startZooKeeper()
  const servers = [{ host: '127.0.0.1', port: server.port }]
  session = openSession({ servers, timeoutMs: 4000 }, systemClock, silentLog)
})
afterAll(async () => {
  await session.close()
  await server.remove()
})

const me = { who: 'me', how: 'test' }
const newKey = () => crypto.getRandomValues(new Uint8Array(32))

function machineAt(root: string, ...keys: Uint8Array[]) {
  const { secrets, change } = secretsAt(session, `${root}/secrets`, keys)
  const paths = { config: `${root}/config`, history: `${root}/history` }
  return { secrets, change, document: sharedDocument(session, secrets, paths, systemClock) }
}

const password = (state: SharedState) =>
  state.kind === 'valid' && state.document.common.zookeeper['ssl.keyStore.password']
const passwordEdit = (value: string) => [{ path: ['zookeeper', 'ssl.keyStore.password'], value }]

/** All that ZooKeeper has below a znode. */
async function everythingBelow(path: string): Promise<string> {
  const names = (await session.children(path)) ?? []
  const below = await Promise.all(names.map((name) => everythingBelow(`${path}/${name}`)))
  return [(await session.read(path))?.data.toString() ?? '', ...below].join('\n')
}

test('secrets are sealed in ZooKeeper, in the history too, and every machine with the key reads them', async () => {
  const [root, key] = ['/meshbox/sealed', newKey()]
  const [a, b] = [machineAt(root, key), machineAt(root, key)]
  expect(await a.document.seed('zookeeper: { ssl.keyStore.password: hush1 }', me)).toBe('seeded')
  await b.document.edit(passwordEdit('hush2'), me)
  const seen: SharedState[] = []
  const stop = b.document.follow((state) => seen.push(state))
  await until(systemClock, { everyMs: 20, timeoutMs: 5000 }, () => seen.length > 0 || undefined)
  stop()
  expect(seen.map(password)).toEqual(['hush2'])
  expect(password(await machineAt(root, key).document.read())).toBe('hush2')
  const all = await everythingBelow(root)
  expect(all).toContain('sealed:')
  expect(all).not.toContain('hush')
  expect(all).not.toContain(Buffer.from(key).toString('base64'))
  // The same secret again is no new version; a version of the history brings its own back.
  expect(await a.document.edit(passwordEdit('hush2'), me)).toEqual({ version: 1 })
  expect(await a.document.rollback(0, me)).toMatchObject({ version: 2 })
  expect(password(await b.document.read())).toBe('hush1')
})

test('a key that is taken out of the ring opens nothing any more, and the history stays readable', async () => {
  const [root, old, next] = ['/meshbox/rotated', newKey(), newKey()]
  const machines = [machineAt(root, old), machineAt(root, old)]
  await machines[0]?.document.seed('zookeeper: { ssl.keyStore.password: hush }', me)
  await machines[1]?.document.read()
  const opens = async (key: Uint8Array) =>
    password(await machineAt(root, key).document.read()) === 'hush' || undefined
  const soon = { everyMs: 50, timeoutMs: 5000 }
  for (const { change } of machines) change(old, next)
  expect(await until(systemClock, soon, () => opens(next))).toBe(true)
  for (const { change } of machines) change(next, old)
  expect(await opens(old)).toBe(true)
  for (const { change } of machines) change(next)
  const closed = async () => (await opens(old)) !== true || undefined
  expect(await until(systemClock, soon, closed)).toBe(true)
  expect(await opens(next)).toBe(true)
  const past = await machines[0]?.document.past(0)
  expect(machines[0]?.secrets.read(past?.text ?? '', 'it').common.zookeeper).toMatchObject({
    'ssl.keyStore.password': 'hush',
  })
})

test('in an open cluster secrets are refused; written past meshbox they are never applied', async () => {
  const root = '/meshbox/open'
  const { document } = machineAt(root)
  await document.seed('', me)
  expect(await document.edit(passwordEdit('hush'), me).catch((error) => error)).toMatchObject({
    code: 'document-secret-open',
    hint: expect.stringContaining('meshbox key new'),
  })
  await session.write(`${root}/config`, 'zookeeper: { ssl.keyStore.password: hush }')
  const state = await document.read()
  const error = state.kind === 'invalid' ? state.error : ''
  expect(error).toContain('this cluster has no key')
  expect(error).not.toContain('hush')
})
