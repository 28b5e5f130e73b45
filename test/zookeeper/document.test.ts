import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { begin, grant, speak } from '../../src/agent/rollout/moves.ts'
import { openRollouts } from '../../src/agent/rollout/store.ts'
import { systemClock, until } from '../../src/clock.ts'
import { meetCluster, readCluster } from '../../src/config/document/cluster.ts'
import { type SharedState, sharedDocument } from '../../src/config/document/shared.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import { secretsAt } from './secrets.ts'
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

const me = { who: 'me', how: 'test' }
const documentAt = (root: string) =>
  sharedDocument(
    session,
    secretsAt(session, `${root}/secrets`).secrets,
    { config: `${root}/config`, history: `${root}/history` },
    systemClock,
  )

describe('the shared document', () => {
  test('is seeded once: the first text stays', async () => {
    const document = documentAt('/meshbox/seed')
    expect((await document.read()).kind).toBe('absent')
    expect(await document.seed('name: first', me)).toBe('seeded')
    expect(await document.seed('name: second', me)).toBe('existed')
    expect(await document.read()).toMatchObject({
      kind: 'valid',
      version: 0,
      document: { common: { name: 'first' } },
    })
  })

  test('is never written when it is not valid', async () => {
    const document = documentAt('/meshbox/valid')
    expect((await refusal(document.seed('nmae: x', me))).exit).toBe(2)
    expect((await document.read()).kind).toBe('absent')
    await document.seed('', me)
    expect((await refusal(document.replace('dns: 1', 0, me))).code).toBe('document-invalid')
    expect(await document.read()).toMatchObject({ kind: 'valid', version: 0, text: '' })
  })

  test('is written by compare-and-set: the second of two editors is told', async () => {
    const document = documentAt('/meshbox/cas')
    await document.seed('', me)
    expect(await document.replace('name: mine', 0, me)).toEqual({ version: 1 })
    const error = await refusal(document.replace('name: yours', 0, me))
    expect(error.code).toBe('document-conflict')
    expect(error.message).toContain('version 0 was replaced by version 1')
    expect(await document.read()).toMatchObject({ text: 'name: mine' })
  })

  test('is followed, and what somebody wrote past meshbox is told as invalid', async () => {
    const path = '/meshbox/follow/config'
    const document = documentAt('/meshbox/follow')
    const seen: SharedState[] = []
    const stop = document.follow((state) => seen.push(state))
    const last = async (kind: SharedState['kind']) =>
      expect(
        await until(systemClock, { everyMs: 20, timeoutMs: 20_000 }, () =>
          seen.at(-1)?.kind === kind ? true : undefined,
        ),
      ).toBe(true)
    await last('absent')
    await document.seed('name: one', me)
    await last('valid')
    await session.write(path, 'name: [')
    await last('invalid')
    expect(seen.at(-1)).toMatchObject({ version: 1 })
    await session.remove(path)
    await last('absent')
    stop()
  })
})

describe('its history', () => {
  test('comes with a warning once, when it was written', async () => {
    const document = documentAt('/meshbox/warned')
    await document.seed('', me)
    const { warnings } = await document.edit([{ path: ['dns', 'ttl'], value: 5 }], me)
    expect(warnings).toEqual([expect.stringContaining('5 is below dns.refreshSeconds')])
    expect(await document.edit([{ path: ['name'], value: 'x' }], me)).toEqual({ version: 2 })
  })

  test('has each version with who, when, how and why, and brings it back', async () => {
    const document = documentAt('/meshbox/history')
    await document.seed('name: one', me)
    await document.replace('name: two', 0, { ...me, why: 'better' })
    await document.edit([{ path: ['dns', 'ttl'], value: 5 }], me)
    expect(await document.rollback(0, me)).toEqual({ version: 3 })
    const all = await document.history()
    expect(all.map(({ version, text, why }) => ({ version, text, why }))).toEqual([
      { version: 3, text: 'name: one', why: undefined },
      { version: 2, text: 'name: two\ndns:\n  ttl: 5\n', why: undefined },
      { version: 1, text: 'name: two', why: 'better' },
      { version: 0, text: 'name: one', why: undefined },
    ])
    expect(all[0]).toMatchObject({ who: 'me', how: 'test' })
    expect(Math.abs(Date.parse(all[0]?.when ?? '') - Date.now())).toBeLessThan(600_000)
    expect(await document.past(2)).toMatchObject({ version: 2 })
    expect(await document.past(7)).toBeUndefined()
  })

  test('keeps what somebody wrote past meshbox, and starts anew with a document that was removed', async () => {
    const document = documentAt('/meshbox/past')
    await document.seed('name: one', me)
    await session.write('/meshbox/past/config', 'nonsense: [')
    expect(await document.replace('name: three', 1, me)).toEqual({ version: 2 })
    expect(await document.past(1)).toMatchObject({ text: 'nonsense: [', who: 'unknown' })
    await session.remove('/meshbox/past/config')
    expect((await refusal(document.edit([{ path: ['name'], value: 'x' }], me))).code).toBe('document-absent')
    await document.seed('name: new', me)
    expect((await document.history()).map(({ text }) => text)).toEqual(['name: new'])
  })

  test('does without what is too large for it, so that anything can be mended', async () => {
    const document = documentAt('/meshbox/huge')
    await document.seed('name: one', me)
    await session.write('/meshbox/huge/config', '"'.repeat(900_000))
    expect(await document.rollback(0, me)).toEqual({ version: 2 })
    expect((await document.history()).map(({ version }) => version)).toEqual([2, 0])
  })

  test('has the last hundred', async () => {
    const document = documentAt('/meshbox/long')
    await document.seed('', me)
    for (let ttl = 1; ttl <= 104; ttl++) await document.edit([{ path: ['dns', 'ttl'], value: ttl }], me)
    const versions = (await document.history()).map(({ version }) => version)
    expect(versions).toEqual(Array.from({ length: 100 }, (_, index) => 104 - index))
  })
})

describe('two writers', () => {
  test('of different values are both heard, whoever is first', async () => {
    const document = documentAt('/meshbox/two')
    await document.seed('# ours\nname: x\n', me)
    expect(await document.replace('# ours\nname: x\ndns: { ttl: 90 }\n', 0, me)).toEqual({ version: 1 })
    expect(await document.replace('# ours\nname: y\n', 0, me)).toEqual({ version: 2, mergedWith: 1 })
    expect(await document.read()).toMatchObject({ text: '# ours\nname: y\ndns: { ttl: 90 }\n' })
    const error = await refusal(document.replace('dns: { ttl: 9 }', 0, me))
    expect(error.code).toBe('document-conflict')
    expect(error.message).toContain('changed name too')
    expect((await refusal(document.replace('name: z', -1, me))).code).toBe('document-conflict')
  })

  test('a document over the limit of ZooKeeper is refused with sizes', async () => {
    const document = documentAt('/meshbox/large')
    await document.seed('', me)
    const error = await refusal(document.replace(`# ${'x'.repeat(600_000)}`, 0, me))
    expect(error).toMatchObject({ code: 'document-large', exit: 2 })
    expect(error.message).toContain('it has 600002 bytes')
    expect(await document.replace(`# ${'x'.repeat(500_000)}`, 0, me)).toEqual({ version: 1 })
  })
})

describe('the rollout', () => {
  test('has one permit, whoever gives it, and each machine that follows it sees the same', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const sessions = names.map(() =>
      openSession({ servers: [{ host: '127.0.0.1', port: server.port }] }, systemClock, silentLog),
    )
    const [random, clock] = [Math.random, systemClock]
    const all = sessions.map((each) =>
      openRollouts({ session: each, folder: '/meshbox/x/rollout', random, clock, log: silentLog }),
    )
    const change = { kind: 'document' as const, version: 1, digest: 'x' }
    for (let step = 1; step <= 5; step++) {
      const given = await Promise.all(
        all.map((rollouts, at) =>
          rollouts.change((now) => {
            const begun = now ?? begin(now, change)
            return begun.permit || begun.step >= step
              ? undefined
              : grant(begun, [{ id: `${at}`, name: names[at] ?? '' }])
          }),
        ),
      )
      const [permit] = given.filter((each) => each !== undefined)
      expect(given.filter((each) => each !== undefined)).toHaveLength(1)
      const holder = permit?.permit?.machines[0]?.id ?? ''
      await all[0]?.change((now) => now && speak(now, step, holder, { kind: 'done' }))
    }
    for (const rollouts of all) {
      const seen = await until(systemClock, { everyMs: 20, timeoutMs: 5000 }, () =>
        rollouts.seen()?.past.length === 5 ? rollouts.seen() : undefined,
      )
      expect(seen?.past.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5])
      rollouts.stop()
    }
    for (const each of sessions) await each.close()
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
