import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openMemory } from '../../src/agent/local/memory.ts'
import { type Membership, openMembership } from '../../src/agent/membership.ts'
import { systemClock, until } from '../../src/clock.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { clusterPaths } from '../../src/config/document/paths.ts'
import { sharedDocument } from '../../src/config/document/shared.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import { secretsAt } from './secrets.ts'
import { startZooKeeper, type TestServer } from './server.ts'

const machines = 20
const withinMs = 1000

let server: TestServer
const followers: { membership: Membership; seenAt: Map<number, number> }[] = []
const session = () =>
  openSession({ servers: [{ host: '127.0.0.1', port: server.port }] }, systemClock, silentLog)
const paths = clusterPaths('/mesos')

function follower(at: number) {
  const own = session()
  const seenAt = new Map<number, number>()
  const membership: Membership = openMembership({
    session: own,
    paths,
    document: sharedDocument(own, secretsAt(own, paths.secrets).secrets, paths, systemClock),
    read: parseDocumentText,
    joined: { zkUrl: 'zk://a/mesos', name: `m${at}`, simulated: true, mode: 'joined', seed: '' },
    keyed: () => false,
    facts: () => ({ name: `m${at}`, roles: ['worker'] }),
    memory: openMemory(openStore(':memory:')),
    bornElsewhere: async () => false,
    clock: systemClock,
    log: silentLog,
    onChange() {
      const { version = -1 } = membership?.document() ?? {}
      if (!seenAt.has(version)) seenAt.set(version, systemClock.monotonic())
    },
  })
  return { membership, seenAt }
}

beforeAll(async () => {
  server = await startZooKeeper()
  for (let at = 0; at < machines; at++) followers.push(follower(at))
})
afterAll(async () => {
  for (const { membership } of followers) await membership.stop()
  await server.remove()
})

const allSee = (version: number) =>
  until(systemClock, { everyMs: 5, timeoutMs: 30_000 }, () =>
    followers.every(({ seenAt }) => seenAt.has(version)) ? true : undefined,
  )

test('twenty machines live by a live change within a second of its write', async () => {
  expect(await allSee(0)).toBe(true)
  const own = session()
  const document = sharedDocument(own, secretsAt(own, paths.secrets).secrets, paths, systemClock)
  const slowest: number[] = []
  // What else happens on this machine may take a second of its own, but not each time.
  for (let version = 1; version <= 3; version++) {
    await document.edit([{ path: ['dns', 'ttl'], value: version }], { who: 'me', how: 'test' })
    const written = systemClock.monotonic()
    expect(await allSee(version)).toBe(true)
    for (const { membership } of followers) expect(membership.effective().config.dns.ttl).toBe(version)
    slowest.push(Math.max(...followers.map(({ seenAt }) => seenAt.get(version) ?? 0)) - written)
  }
  await own.close()
  expect(Math.min(...slowest)).toBeLessThan(withinMs)
})
