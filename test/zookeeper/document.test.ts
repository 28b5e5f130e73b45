import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { meetCluster, readCluster } from '../../src/config/document/cluster.ts'
import { type SharedState, sharedDocument } from '../../src/config/document/shared.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import { startZooKeeper, type TestServer } from './server.ts'

let server: TestServer
let session: Session

beforeAll(async () => {
  server = await startZooKeeper()
  session = openSession(
    { servers: [{ host: '127.0.0.1', port: server.port }], timeoutMs: 4000 },
    systemClock,
    silentLog,
  )
})
afterAll(async () => {
  await session.close()
  await server.remove()
})

async function refusal(promise: Promise<unknown>): Promise<MeshboxError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof MeshboxError) return error
  throw new Error(`expected a MeshboxError, got ${error}`)
}

describe('the shared document', () => {
  test('is seeded once: the first text stays', async () => {
    const document = sharedDocument(session, '/meshbox/seed/config')
    expect((await document.read()).kind).toBe('absent')
    expect(await document.seed('name: first')).toBe('seeded')
    expect(await document.seed('name: second')).toBe('existed')
    expect(await document.read()).toMatchObject({
      kind: 'valid',
      version: 0,
      document: { common: { name: 'first' } },
    })
  })

  test('is never written when it is not valid', async () => {
    const document = sharedDocument(session, '/meshbox/valid/config')
    expect((await refusal(document.seed('nmae: x'))).exit).toBe(2)
    expect((await document.read()).kind).toBe('absent')
    await document.seed('')
    expect((await refusal(document.replace('dns: 1', 0))).code).toBe('document-invalid')
    expect(await document.read()).toMatchObject({ kind: 'valid', version: 0, text: '' })
  })

  test('is written by compare-and-set: the second of two editors is told', async () => {
    const document = sharedDocument(session, '/meshbox/cas/config')
    await document.seed('')
    expect(await document.replace('name: mine', 0)).toBe(1)
    const error = await refusal(document.replace('name: yours', 0))
    expect(error.code).toBe('document-conflict')
    expect(error.message).toContain('version 0 was replaced by version 1')
    expect(await document.read()).toMatchObject({ text: 'name: mine' })
  })

  test('is followed, and what somebody wrote past meshbox is told as invalid', async () => {
    const path = '/meshbox/follow/config'
    const document = sharedDocument(session, path)
    const seen: SharedState[] = []
    const stop = document.follow((state) => seen.push(state))
    const last = async (kind: SharedState['kind']) =>
      expect(
        await until(systemClock, { everyMs: 20, timeoutMs: 20_000 }, () =>
          seen.at(-1)?.kind === kind ? true : undefined,
        ),
      ).toBe(true)
    await last('absent')
    await document.seed('name: one')
    await last('valid')
    await session.write(path, 'name: [')
    await last('invalid')
    expect(seen.at(-1)).toMatchObject({ version: 1 })
    await session.remove(path)
    await last('absent')
    stop()
  })
})

describe('the cluster', () => {
  const born = (simulated: boolean) => ({
    id: crypto.randomUUID(),
    simulated,
    bornAt: new Date().toISOString(),
  })

  test('is the one that was written first', async () => {
    const [one, two] = [born(true), born(false)]
    expect(await readCluster(session, '/meshbox/c1/cluster')).toBeUndefined()
    const met = await Promise.all([
      meetCluster(session, '/meshbox/c1/cluster', one),
      meetCluster(session, '/meshbox/c1/cluster', two),
    ])
    expect(met[0]).toEqual(met[1] as (typeof met)[0])
  })

  test('is refused when the znode holds something else', async () => {
    await session.ensure('/meshbox/c2')
    await session.create('/meshbox/c2/cluster', 'rubbish')
    expect((await refusal(meetCluster(session, '/meshbox/c2/cluster', born(true)))).code).toBe(
      'cluster-unreadable',
    )
  })
})
