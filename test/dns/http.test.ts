import { afterEach, expect, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { serveState } from './master.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function start(masters: string[], settings: Record<string, unknown> = {}, clock = systemClock) {
  const httpPort = await freePort()
  const resolver: Resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpListener: '127.0.0.1',
      httpPort,
      externalOn: false,
      ...settings,
    }),
    source: { kind: 'masters', masters },
    clock,
    log: silentLog,
    origin: { zk: 'zk://me:secret@10.0.0.1:2181/mesos', masters: [], file: '' },
  })
  ending.push(() => resolver.close())
  return { resolver, get: (path: string) => fetch(`http://127.0.0.1:${httpPort}${path}`) }
}

function master() {
  const one = serveState({ slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }], frameworks: [] })
  ending.push(() => one.stop())
  return one
}

test('nothing is said before the first load', async () => {
  const { get } = await start([])
  for (const path of ['/v1/version', '/v1/config', '/v1/hosts/leader.mesos', '/v1/axfr', '/v1/enumerate']) {
    expect((await get(path)).status).toBe(503)
  }
  expect((await get('/nothing')).status).toBe(404)
})

test('credentials are never shown', async () => {
  const { resolver, get } = await start([master().address], {
    mesosAuthentication: 'basic',
    mesosCredentials: { principal: 'me', secret: 'pass' },
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
  const text = await (await get('/v1/config')).text()
  expect(JSON.parse(text)).toMatchObject({
    MesosCredentials: { Principal: '***', Secret: '***' },
    Zk: 'zk://me:***@10.0.0.1:2181/mesos',
  })
  expect(text).not.toContain('secret@')
  expect(text).not.toContain('pass')
})

test('records that could not be loaded anew are marked', async () => {
  const one = master()
  const { resolver, get } = await start([one.address])
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
  expect((await get('/v1/hosts/slave.mesos')).headers.get('meshbox-stale')).toBeNull()
  one.serve = () => new Response('', { status: 500 })
  await resolver.refresh()
  const stale = await get('/v1/hosts/slave.mesos')
  expect(stale.headers.get('meshbox-stale')).toBe('true')
  expect(stale.headers.get('age')).toMatch(/^\d+$/)
  expect(await stale.json()).toEqual([{ host: 'slave.mesos.', ip: '10.0.0.1' }])
})

test('watches are told how it is, before the first load too', async () => {
  const one = master()
  one.serve = () => new Response('', { status: 500 })
  let later = 0
  const clock = { ...systemClock, now: () => systemClock.now() + later }
  const { resolver, get } = await start([one.address], { maximumAge: 60 }, clock)
  await resolver.refresh()
  expect((await get('/meshbox/health')).status).toBe(200)
  expect((await get('/meshbox/ready')).status).toBe(503)
  const text = await (await get('/meshbox/metrics')).text()
  expect(numbers(text)).toMatchObject({ meshbox_dns_records: '0', meshbox_dns_stale: '0' })
  expect(numbers(text).meshbox_dns_loaded_timestamp_seconds).toBe('0')

  const good = {
    slaves: [
      { id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' },
      { id: 'a-S2', pid: 5 },
    ],
  }
  one.serve = () => ({ ...good, frameworks: [], leader: `master@${one.address}` })
  await resolver.refresh()
  expect(await (await get('/meshbox/ready')).json()).toMatchObject({
    leader: one.address,
    stale: false,
    skipped: 1,
  })
  one.serve = () => new Response('', { status: 500 })
  await resolver.refresh()
  for (const name of ['slave.mesos', 'nosuch.mesos']) await dig(resolver.port, name)
  await dig(resolver.port, '+tcp', 'slave.mesos')
  const late = numbers(await (await get('/meshbox/metrics')).text())
  expect(late).toMatchObject({
    meshbox_dns_records: String(resolver.status().records),
    meshbox_dns_serial: String(resolver.status().serial),
    meshbox_dns_stale: '1',
    meshbox_dns_skipped_entries: '1',
    'meshbox_dns_queries_total{transport="udp"}': '2',
    'meshbox_dns_queries_total{transport="tcp"}': '1',
    'meshbox_dns_replies_total{code="NOERROR"}': '2',
    'meshbox_dns_replies_total{code="NXDOMAIN"}': '1',
    'meshbox_dns_loads_total{outcome="good"}': '1',
  })
  expect(Number(late.meshbox_dns_loaded_timestamp_seconds) * 1000).toBe(resolver.status().loadedAt ?? 0)

  later = 61_000
  expect((await get('/meshbox/ready')).status).toBe(503)
  expect((await get('/v1/hosts/slave.mesos')).status).toBe(503)
  expect((await dig(resolver.port, 'slave.mesos')).rcode).toBe('SERVFAIL')
})

test('Prometheus has nothing to say against names and form of the metrics', async () => {
  const { get } = await start([])
  const check = Bun.spawn(['promtool', 'check', 'metrics'], {
    stdin: new TextEncoder().encode(await (await get('/meshbox/metrics')).text()),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  expect((await new Response(check.stderr).text()) + (await new Response(check.stdout).text())).toBe('')
  expect(await check.exited).toBe(0)
})

test('an answer of many pieces is whole', async () => {
  const task = (n: number) => ({ id: `t${n}`, name: `t${n}`, slave_id: 'a-S1', state: 'TASK_RUNNING' })
  const one = serveState({
    slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }],
    frameworks: [{ name: 'marathon', tasks: Array.from({ length: 3_000 }, (_, n) => task(n)) }],
  })
  ending.push(() => one.stop())
  const { resolver, get } = await start([one.address])
  await until(systemClock, { everyMs: 10, timeoutMs: 20_000 }, () => resolver.status().loadedAt)
  const listed = JSON.parse(await (await get('/v1/enumerate')).text())
  expect(listed.frameworks[0].tasks.map(({ id }: { id: string }) => id)).toEqual(
    Array.from({ length: 3_000 }, (_, n) => `t${n}`),
  )
  const { Records } = JSON.parse(await (await get('/v1/axfr')).text())
  const names = resolver.records().flatMap(({ name, type }) => (type === 'A' ? [name] : []))
  expect(Object.keys(Records.As).sort()).toEqual([...new Set(names)].sort())
})

/** Value by name and labels. */
function numbers(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )
}

test('enumerate and axfr are there only when they are wanted', async () => {
  const { resolver, get } = await start([master().address], { enumerationOn: false })
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
  expect((await get('/v1/axfr')).status).toBe(404)
  expect((await get('/v1/enumerate')).status).toBe(404)
})
