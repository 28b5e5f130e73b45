import { expect, test } from 'bun:test'
import { systemClock } from '../clock.ts'
import { readDocumentText } from '../config/document/parse.ts'
import { clusterPaths } from '../config/document/paths.ts'
import type { SharedState } from '../config/document/shared.ts'
import type { Session } from '../config/zookeeper/session.ts'
import { MeshboxError } from '../error.ts'
import { silentLog } from '../log.ts'
import { openStore } from '../store.ts'
import { type Memory, openMemory } from './local/memory.ts'
import { openMembership } from './membership.ts'

const away = new MeshboxError({ code: 'zk-connection-loss', message: 'no server answers' })
const session = {
  read: () => Promise.reject(away),
  close: async () => {},
} as unknown as Session

/** A machine that reads these versions of the document, one after the other, and no more than that. */
function machine(kept = openMemory(openStore(':memory:'))) {
  let written: SharedState = { kind: 'absent' }
  const at = { changes: 0, isDiskFull: false }
  const memory: Memory = {
    ...kept,
    remember(topic, value) {
      if (at.isDiskFull) throw new Error('database or disk is full')
      kept.remember(topic, value)
    },
  }
  const membership = openMembership({
    ...{
      session,
      paths: clusterPaths('/mesos'),
      read: (text, source) => readDocumentText(text, source),
      memory,
      log: silentLog,
    },
    document: {
      read: async () => written,
      history: async () => [],
      seed: async () => 'existed',
      follow: () => () => {},
    },
    joined: { zkUrl: 'zk://a/mesos', name: 'one', simulated: true, mode: 'joined', seed: 'dns: { ttl: 9 }' },
    keyed: () => false,
    facts: () => ({ name: 'one', roles: ['worker'] }),
    bornElsewhere: async () => false,
    clock: systemClock,
    onChange() {
      at.changes++
    },
  })
  return {
    ...{ at, membership },
    async reads(state: SharedState) {
      written = state
      await membership.read()
    },
  }
}

const invalid = { kind: 'invalid', text: 'dns: 3', version: 1, error: 'dns must be a section' } as const
const text = 'dns: { ttl: 7 }'
const validAt = (version: number, text: string) =>
  ({ kind: 'valid', text, version, document: readDocumentText(text, 'x') }) as const
const valid = validAt(2, text)

test('an invalid first version is told of, and what counts is nobody’s document until a valid one is read', async () => {
  const memory = openMemory(openStore(':memory:'))
  const { membership, reads } = machine(memory)
  expect(membership.isWritten()).toBe(false)
  await reads(invalid)
  expect(membership.document()?.problem).toContain('dns must be a section')
  expect(membership.isWritten()).toBe(false)
  expect(membership.effective().config.dns.ttl).toBe(9)
  await reads(valid)
  expect(membership.isWritten()).toBe(true)
  await reads({ ...invalid, version: 3 })
  expect(membership.isWritten()).toBe(true)
  expect(membership.effective().config.dns.ttl).toBe(7)
  await membership.stop()
  const { membership: later } = machine(memory)
  expect(later.isWritten()).toBe(true)
  await later.stop()
})

test('of a version that the full disk does not take nothing counts, until it does', async () => {
  const { at, membership, reads } = machine()
  await reads(valid)
  const before = [membership.programs(), membership.content(), membership.newest()]
  const newer = validAt(3, 'dns: { ttl: 8 }\nmesos: { agent: { port: 6000 } }')
  at.isDiskFull = true
  await reads(newer)
  expect(membership.document()).toMatchObject({
    version: 2,
    problem: expect.stringContaining('disk is full'),
  })
  expect([membership.programs(), membership.content(), membership.newest()]).toEqual(before)
  expect(membership.effective().config).toMatchObject({ dns: { ttl: 7 }, mesos: { agent: { port: 5051 } } })
  at.isDiskFull = false
  await reads(newer)
  expect(membership.document()).toEqual({ version: 3 })
  expect(membership.effective().config).toMatchObject({ dns: { ttl: 8 }, mesos: { agent: { port: 6000 } } })
  await membership.stop()
})

test('a version that was refused is news once, however often it is read', async () => {
  const { at, membership, reads } = machine()
  await reads(valid)
  await reads({ ...invalid, version: 3 })
  at.isDiskFull = true
  await reads(validAt(4, 'dns: { ttl: 8 }'))
  at.changes = 0
  await reads(validAt(4, 'dns: { ttl: 8 }'))
  expect([at.changes, membership.document()?.version]).toEqual([0, 2])
  at.isDiskFull = false
  await reads(validAt(4, 'dns: { ttl: 8 }'))
  expect([at.changes, membership.document()?.version]).toEqual([1, 4])
  const unreadable = { ...invalid, version: 5 }
  for (const changes of [2, 2]) {
    await reads(unreadable)
    expect(at.changes).toBe(changes)
  }
  // By a key that has come.
  await reads(validAt(5, 'dns: { ttl: 9 }'))
  expect([at.changes, membership.document()?.version]).toEqual([3, 5])
  await membership.stop()
})

test('a machine goes on with what an older meshbox took and nobody may write any more', async () => {
  const memory = openMemory(openStore(':memory:'))
  const text = 'mesos: { master: { credentials: "dns word", authenticate_http_readonly: true } }'
  memory.remember('document', { text, version: 4 })
  const { membership, reads } = machine(memory)
  expect(membership.effective().config.mesos.master.authenticate_http_readonly).toBe(true)
  await reads(validAt(5, `${text}\ndns: { ttl: 8 }`))
  expect(membership.document()).toEqual({ version: 5 })
  await membership.stop()
})
