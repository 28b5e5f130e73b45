import { afterEach, expect, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'
import { serveState } from './master.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function start(masters: string[], settings: Record<string, unknown> = {}) {
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
    clock: systemClock,
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

test('enumerate and axfr are there only when they are wanted', async () => {
  const { resolver, get } = await start([master().address], { enumerationOn: false })
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
  expect((await get('/v1/axfr')).status).toBe(404)
  expect((await get('/v1/enumerate')).status).toBe(404)
})
