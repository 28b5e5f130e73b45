import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { openStore, type Store } from '../../src/store.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { type FakeMaster, fixtures, startMaster } from './master.ts'

/** The stream of a real master: an agent alone, then a framework with its tasks, then one by one they end. */
const recorded = recordsOf(readFileSync(join(fixtures, 'v1-subscribe.recordio')))
const typeOf = (record: Buffer) => /"type":"(\w+)"/.exec(record.toString())?.[1]
const agent = '909255e2-d076-43aa-9688-124fedb4b67e-S0'

function recordsOf(stream: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < stream.length; ) {
    const begin = stream.indexOf(10, at) + 1
    const end = begin + Number(stream.toString('latin1', at, begin - 1))
    records.push(stream.subarray(at, end))
    at = end
  }
  return records
}

const record = (event: object): Buffer => {
  const text = JSON.stringify(event)
  return Buffer.from(`${Buffer.byteLength(text)}\n${text}`)
}

const known = { id: 'known.1', name: 'known', slave_id: agent, state: 'TASK_RUNNING' }
const added = (id: string, more: object = {}) =>
  record({
    type: 'TASK_ADDED',
    task_added: {
      task: {
        name: id,
        task_id: { value: id },
        framework_id: { value: 'f' },
        agent_id: { value: agent },
        state: 'TASK_RUNNING',
        ...more,
      },
    },
  })

/** A master whose state stands still while its stream goes on; what is known beyond that is known from the stream. */
let state: Record<string, unknown>
let stateAnswers: boolean
let streams: ReadableStreamDefaultController<Uint8Array>[]
let master: FakeMaster
let dir: string
const ending: (() => Promise<unknown> | undefined)[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshbox-dns-'))
  streams = []
  stateAnswers = true
  master = startMaster((path) => {
    if (path === '/master/state')
      return stateAnswers
        ? { ...state, leader: `master@${master.address}`, leader_info: {} }
        : new Response('', { status: 503 })
    if (path !== '/api/v1') return undefined
    return new Response(
      new ReadableStream({
        start(stream) {
          streams.push(stream)
          for (const one of recorded.slice(0, 2)) stream.enqueue(one)
        },
      }),
    )
  })
  state = {
    slaves: [{ id: agent, pid: 'slave(1)@127.0.0.1:5061' }],
    frameworks: [{ id: 'f', name: 'old', hostname: '10.0.0.9', tasks: [known] }],
  }
  ending.push(async () => {
    await master.stop()
    rmSync(dir, { recursive: true, force: true })
  })
})
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function start(settings: object = {}, store?: Store): Promise<Resolver> {
  const resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpListener: '127.0.0.1',
      httpPort: await freePort(),
      externalOn: false,
      refreshSeconds: 600,
      ...settings,
    }),
    source: { kind: 'masters', masters: [master.address] },
    clock: systemClock,
    log: silentLog,
    lookUp: async () => [],
    ...(store ? { store } : {}),
  })
  ending.push(() => resolver.close())
  return resolver
}

async function seen<T>(what: string, check: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const found = await until(systemClock, { everyMs: 5, timeoutMs: 30_000 }, check)
  if (found === undefined) throw new Error(`not in time: ${what}`)
  return found
}

const loads = () => master.asked.filter((path) => path === '/master/state').length

/** Follows the stream: it has begun, and the load that it called for has ended. */
async function following(settings: object = {}, store?: Store): Promise<Resolver> {
  const resolver = await start(settings, store)
  await seen('the load after the stream has begun', () => (streams.length > 0 && loads() > 1) || undefined)
  await seen('the names', async () => resolver.records().length > 0 || undefined)
  return resolver
}

const push = (...records: Buffer[]) => {
  for (const one of records) streams.at(-1)?.enqueue(one)
}
const has = (resolver: Resolver, name: string) =>
  resolver.records().some((one) => one.name === `${name}.mesos.`)

test('the recorded stream of a real master is followed event by event, with no further load', async () => {
  const resolver = await following()
  stateAnswers = false
  const before = loads()
  const updates = recorded.flatMap((one, at) => (typeOf(one) === 'TASK_UPDATED' ? [at] : []))
  // All tasks have started, and those that only ran a moment have ended.
  push(...recorded.slice(2, updates[26]))
  const answer = await seen('all tasks', async () => {
    const found = await dig(resolver.port, '_web._tcp.marathon.mesos', 'SRV')
    return found.answer.length === 4 && has(resolver, 'checked.marathon') ? found : undefined
  })
  expect(answer.answer.map((line) => line.split(' ').slice(4, 7).join(' ')).sort()).toEqual([
    '0 1 31000',
    '0 1 31001',
    '0 1 31002',
    '0 1 31003',
  ])
  expect(has(resolver, 'search.marathon')).toBe(true)
  expect(has(resolver, 'my-app-v2prod.marathon')).toBe(true)
  for (const name of ['once', 'broken', 'nocmd']) expect(has(resolver, `${name}.marathon`)).toBe(false)
  push(...recorded.slice(updates[26]))
  await seen('the end of all tasks', () => !has(resolver, 'web.marathon') || undefined)
  await seen('the end of the last', () => !has(resolver, 'checked.marathon') || undefined)
  expect((await dig(resolver.port, 'web.marathon.mesos')).rcode).toBe('NXDOMAIN')
  expect((await dig(resolver.port, 'known.old.mesos')).rcode).toBe('NOERROR')
  // What was asked for is the address of the new framework's scheduler.
  expect(loads() - before).toBeLessThan(20)
}, 60_000)

test('a change by an event goes to secondaries, into every listing, and is there after a restart', async () => {
  const httpPort = await freePort()
  const store = openStore(join(dir, 'store.sqlite'))
  const settings = { transferTo: ['127.0.0.1'], httpPort }
  const resolver = await following(settings, store)
  const { serial } = resolver.status()
  push(added('new'))
  await seen('the new task', () => has(resolver, 'new.old') || undefined)
  expect(loads()).toBe(2)
  expect(resolver.status().serial).toBeGreaterThan(serial)
  const changes = await dig(resolver.port, '+noall', '+answer', 'mesos', `IXFR=${serial}`)
  expect(changes.text).toContain('new.old.mesos.')
  expect(changes.text).not.toContain('known.old.mesos.')
  const whole = await dig(resolver.port, '+noall', '+answer', 'mesos', 'AXFR')
  for (const name of ['new', 'known']) expect(whole.text).toContain(`\n${name}.old.mesos.`)

  const get = async (path: string) => (await fetch(`http://127.0.0.1:${httpPort}${path}`)).text()
  expect(JSON.parse(await get('/v1/hosts/new.old.mesos'))).toEqual([
    { host: 'new.old.mesos.', ip: '127.0.0.1' },
  ])
  expect(await get('/v1/axfr')).toContain('"new.old.mesos."')
  expect(await get('/v1/enumerate')).toContain('"new"')
  push(added('newest'))
  await seen('the newest task', () => has(resolver, 'newest.old') || undefined)
  const records = resolver.records()
  const last = resolver.status().serial
  await resolver.close()
  store.close()
  await master.stop()

  const again = openStore(join(dir, 'store.sqlite'))
  const second = await start(settings, again)
  ending.push(async () => again.close())
  expect(second.status()).toMatchObject({ stale: true, serial: last })
  expect(second.records()).toEqual(records)
}, 60_000)

describe('the state is loaded anew', () => {
  const reasons: [why: string, happens: () => void][] = [
    ['when the stream breaks off', () => streams.at(-1)?.close()],
    ['when an event cannot be read', () => push(record({ type: 'TASK_ADDED', task_added: 5 }))],
    [
      'when an event is of a framework that is not known',
      () => push(added('new', { framework_id: { value: 'other' } })),
    ],
    [
      'when a task runs on an agent that is not known',
      () => push(added('new', { agent_id: { value: 'other' } })),
    ],
  ]
  test.each(reasons)(
    '%s',
    async (_, happens) => {
      const resolver = await following()
      state = { ...state, frameworks: [{ id: 'f', name: 'old', tasks: [{ ...known, name: 'loaded' }] }] }
      happens()
      await seen('what the state says', () => has(resolver, 'loaded.old') || undefined)
      expect(has(resolver, 'known.old')).toBe(false)
    },
    60_000,
  )
})

test('polling finds what the events have not told, and says so; what they have told it does not miss', async () => {
  const httpPort = await freePort()
  const resolver = await following({ httpPort })
  const missed = async () =>
    /^meshbox_dns_missed_names_total (\d+)/m.exec(
      await (await fetch(`http://127.0.0.1:${httpPort}/meshbox/metrics`)).text(),
    )?.[1]
  push(added('new'))
  await seen('the new task', () => has(resolver, 'new.old') || undefined)
  const tasks = [known, { ...known, id: 'new', name: 'new' }]
  state = { ...state, frameworks: [{ id: 'f', name: 'old', hostname: '10.0.0.9', tasks }] }
  await resolver.refresh()
  expect(await missed()).toBe('0')
  state = { ...state, frameworks: [{ id: 'f', name: 'old', hostname: '10.0.0.9', tasks: [known] }] }
  await resolver.refresh()
  expect(has(resolver, 'new.old')).toBe(false)
  // Two names of its own, and two of it on its agent.
  await seen('the count', async () => (await missed()) === '4' || undefined)
}, 60_000)
