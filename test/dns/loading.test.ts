import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import type { ResolverStatus } from '../../src/dns/current.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig, digMany } from './dig.ts'
import { type FakeMaster, recordedState, type Serve, serveState, startMaster } from './master.ts'

const ending: (() => Promise<unknown> | undefined)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

function master(serve: Serve): FakeMaster {
  const made = startMaster(serve)
  ending.push(() => made.stop())
  return made
}

async function resolverOf(masters: string[], settings: Record<string, unknown> = {}): Promise<Resolver> {
  const resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
      ...settings,
    }),
    source: { kind: 'masters', masters },
    clock: systemClock,
    log: silentLog,
    lookUp: async () => [],
  })
  ending.push(() => resolver.close())
  return resolver
}

/** Waits for a status; each test says which. */
async function when(resolver: Resolver, check: (status: ResolverStatus) => boolean): Promise<ResolverStatus> {
  const found = await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () =>
    check(resolver.status()) ? resolver.status() : undefined,
  )
  if (!found) throw new Error(`not in time: ${JSON.stringify(resolver.status())}`)
  return found
}

const small = (leader: string, ...names: string[]) => ({
  leader: `master@${leader}`,
  slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }],
  frameworks: [
    {
      name: 'marathon',
      tasks: names.map((name) => ({ id: name, name, slave_id: 'a-S1', state: 'TASK_RUNNING' })),
    },
  ],
})

describe('before the first load', () => {
  test('names of the domain get SERVFAIL with an extended error, others are refused', async () => {
    const resolver = await resolverOf([`127.0.0.1:${await freePort()}`])
    const found = await dig(resolver.port, 'web.marathon.mesos')
    expect(found.rcode).toBe('SERVFAIL')
    expect(found.text).toMatch(/EDE: 14 \(Not Ready\)/)
    expect((await dig(resolver.port, 'example.org')).rcode).toBe('REFUSED')
    expect(await when(resolver, ({ lastError }) => lastError !== undefined)).toMatchObject({ stale: false })
  })
})

describe('a failing master leaves the last good records in service', () => {
  const failures: [string, Serve, string][] = [
    ['an answer of 500', () => new Response('{}', { status: 500 }), 'it answered 500'],
    ['rubbish', () => '<html>busy</html>', 'cannot read the state'],
    ['a state without a leader', () => ({ ...small(''), leader: '' }), 'names no leader'],
    [
      'a redirect to itself',
      () => new Response('', { status: 307, headers: { Location: '/master/state' } }),
      'in a circle',
    ],
    [
      'an empty cluster of a leader without its registry',
      (path) =>
        path === '/metrics/snapshot' ? { 'master/elected': 1 } : recordedState('state-agentless.json'),
      'registry is not recovered',
    ],
  ]
  const late = (since: number) => ({
    ...small('127.0.0.1:1'),
    elected_time: Date.now() / 1000 - since,
    recovered_slaves: [{ id: 'S0' }],
  })

  test('a new leader is believed when its agents have come back, or had the time to', async () => {
    const one = master((path) => (path === '/master/state' ? small(one.address, 'web') : undefined))
    const resolver = await resolverOf([one.address])
    await when(resolver, ({ loadedAt }) => loadedAt !== undefined)
    one.serve = () => ({ ...late(1), leader: `master@${one.address}` })
    await resolver.refresh()
    expect(resolver.status()).toMatchObject({
      stale: true,
      lastError: expect.stringContaining('1 agents are still coming back'),
    })
    expect((await dig(resolver.port, 'web.marathon.mesos')).rcode).toBe('NOERROR')
    one.serve = () => ({ ...late(60), leader: `master@${one.address}` })
    await resolver.refresh()
    expect((await dig(resolver.port, 'web.marathon.mesos')).rcode).toBe('NXDOMAIN')
  })

  test.each(failures)('%s', async (_, failure, why) => {
    const one = master((path) => (path === '/master/state' ? small(one.address, 'web') : undefined))
    const resolver = await resolverOf([one.address])
    await when(resolver, ({ loadedAt }) => loadedAt !== undefined)
    one.serve = failure
    await resolver.refresh()
    expect(resolver.status()).toMatchObject({ stale: true, lastError: expect.stringContaining(why) })
    expect((await dig(resolver.port, 'web.marathon.mesos')).answer).toEqual([
      'web.marathon.mesos. 60 IN A 10.0.0.1',
    ])
    one.serve = () => small(one.address, 'api')
    await resolver.refresh()
    expect(resolver.status()).toMatchObject({ stale: false })
    expect((await dig(resolver.port, 'web.marathon.mesos')).rcode).toBe('NXDOMAIN')
  })

  test('an empty cluster whose registry is there is believed', async () => {
    const one = serveState(recordedState('state-agentless.json'))
    ending.push(() => one.stop())
    const plain = one.serve
    one.serve = (path, request) =>
      path === '/metrics/snapshot' ? { 'registrar/registry_size_bytes': 9 } : plain(path, request)
    const resolver = await resolverOf([one.address])
    await when(resolver, ({ loadedAt }) => loadedAt !== undefined)
    expect((await dig(resolver.port, 'slave.mesos')).rcode).toBe('NXDOMAIN')
  })
})

test('the leader that a master names is asked on its own host and port', async () => {
  const leader = startMaster(
    (path) => (path === '/master/state' ? small(leader.address, 'web') : undefined),
    {
      hostname: '127.0.0.2',
    },
  )
  ending.push(() => leader.stop())
  const other = master(() => small(leader.address))
  const resolver = await resolverOf([other.address, leader.address])
  expect((await when(resolver, ({ loadedAt }) => loadedAt !== undefined)).leader).toBe(leader.address)
  expect(
    await digMany(resolver.port, [
      ['master0.mesos.', 'A'],
      ['master1.mesos.', 'A'],
      ['leader.mesos.', 'A'],
    ]),
  ).toEqual(
    new Map([
      ['master0.mesos. A', ['127.0.0.1']],
      ['master1.mesos. A', ['127.0.0.2']],
      ['leader.mesos. A', ['127.0.0.2']],
    ]),
  )
})

test('a standby redirects to the leader', async () => {
  const leader = serveState(recordedState())
  ending.push(() => leader.stop())
  const standby = master(
    (path) => new Response('', { status: 307, headers: { Location: `//${leader.address}${path}` } }),
  )
  const resolver = await resolverOf([standby.address])
  expect((await when(resolver, ({ loadedAt }) => loadedAt !== undefined)).leader).toBe(leader.address)
})

test('a port in use is named', async () => {
  const first = await resolverOf([])
  await expect(resolverOf([], { port: first.port })).rejects.toThrow(
    `cannot serve DNS on 127.0.0.1:${first.port} (UDP): the port is in use`,
  )
})

test('the last good records are there again after a restart, with no master in sight', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-dns-'))
  ending.push(async () => rmSync(dir, { recursive: true, force: true }))
  const one = master((path) => (path === '/master/state' ? small(one.address, 'web') : undefined))
  const port = await freePort()
  const start = async (masters: string[], config: Record<string, unknown> = {}) => {
    const store = openStore(join(dir, 'store.sqlite'))
    const resolver = await startResolver({
      config: dnsSchema.parse({ listener: '127.0.0.1', port, httpOn: false, externalOn: false, ...config }),
      source: { kind: 'masters', masters },
      clock: systemClock,
      log: silentLog,
      store,
    })
    return {
      resolver,
      async stop() {
        await resolver.close()
        store.close()
      },
    }
  }
  const first = await start([one.address])
  const { serial } = await when(first.resolver, ({ loadedAt }) => loadedAt !== undefined)
  await first.stop()

  const second = await start([])
  expect(second.resolver.status()).toMatchObject({ stale: true, leader: one.address, serial })
  expect((await dig(port, 'web.marathon.mesos')).answer).toEqual(['web.marathon.mesos. 60 IN A 10.0.0.1'])
  await second.stop()

  const other = await start([], { domain: 'other' })
  expect((await dig(port, 'web.marathon.other')).rcode).toBe('SERVFAIL')
  await other.stop()

  const old = await start([], { maximumAge: 1 })
  await systemClock.sleep(1_100)
  expect((await dig(port, 'web.marathon.mesos')).rcode).toBe('SERVFAIL')
  await old.stop()
})
