import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/clock.ts'
import { basic } from '../../src/config/basic.ts'
import { get } from '../../src/supervisor/probe/http.ts'
import { openProbe, type Registered } from '../../src/supervisor/probe/probe.ts'
import type { ProbeSpec } from '../../src/supervisor/service/spec.ts'
import { freePort } from '../zookeeper/server.ts'

const around = {
  fresh: true,
  elsewhere: () => false,
  registered: async () => undefined,
  ofMasters: async () => undefined,
}

setDefaultTimeout(60_000)

/** Answers by path: a status, a JSON body, or the Location of a redirect. Shapes and values as a real Mesos 1.12.0 has them. */
type Answers = Record<string, number | object | string>

let server: Bun.Server<undefined> | undefined

afterEach(() => server?.stop(true))

type Told = Awaited<ReturnType<Registered>>
type Kind = 'mesos-master' | 'mesos-agent' | 'marathon'

const ask = (kind: Kind, answers: Answers, registered?: Told) =>
  probeOf(kind, answers, async () => registered).check()

function probeOf(kind: Kind, answers: Answers, registered: Registered, clock: Clock = systemClock) {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const answer = answers[new URL(request.url).pathname] ?? 404
      if (typeof answer === 'number') return new Response('', { status: answer })
      if (typeof answer === 'string')
        return new Response(null, { status: 307, headers: { location: answer } })
      return Response.json(answer)
    },
  })
  const ensemble = { servers: [], patienceMs: 8000 }
  return openProbe({ kind, url: `http://127.0.0.1:${server.port}`, shown: 'm1:5050', ensemble }, clock, {
    ...around,
    registered,
  })
}

describe('mesos-master', () => {
  const metrics = { 'master/elected': 1, 'registrar/log/recovered': 1, 'registrar/registry_size_bytes': 410 }

  test('that leads is ready once it has its registry', async () => {
    expect(await ask('mesos-master', { '/health': 200, '/metrics/snapshot': metrics })).toBeUndefined()
  })

  test('that leads without a quorum is not, though it looks healthy', async () => {
    const { 'registrar/registry_size_bytes': _, ...rest } = metrics
    const answers = { '/health': 200, '/master/state': {}, '/metrics/snapshot': rest }
    expect(await ask('mesos-master', answers)).toBe('elected, and waiting for its registry')
  })

  const standby = { 'master/elected': 0, 'registrar/log/recovered': 1 }

  test('that stands by is ready when it knows a leader', async () => {
    const answers = { '/health': 200, '/metrics/snapshot': standby, '/master/redirect': '//10.0.0.2:5050' }
    expect(await ask('mesos-master', answers)).toBeUndefined()
  })

  test('that stands by without a leader is not', async () => {
    expect(
      await ask('mesos-master', { '/health': 200, '/metrics/snapshot': standby, '/master/redirect': 503 }),
    ).toBe('no leading master yet')
  })

  test('that was just restarted and redirects to itself is not', async () => {
    const probing = ask('mesos-master', {
      '/health': 200,
      '/metrics/snapshot': standby,
      get '/master/redirect'() {
        return `//127.0.0.1:${server?.port}`
      },
    })
    expect(await probing).toBe('no leading master yet')
  })

  test('that redirects to its own name is not, until the session of the one before is over', async () => {
    let now = 0
    const answers = { '/health': 200, '/metrics/snapshot': standby, '/master/redirect': '//m1:5050' }
    const clock = { ...systemClock, monotonic: () => now }
    const probe = probeOf('mesos-master', answers, async () => undefined, clock)
    for (now of [0, 15_999]) expect(await probe.check()).toBe('no leading master yet')
    now = 16_000
    expect(await probe.check()).toBeUndefined()
  })
})

describe('mesos-agent', () => {
  test('is ready with an id', async () => {
    expect(await ask('mesos-agent', { '/slave(1)/state': { id: '897a57fd-S1' } })).toBeUndefined()
  })

  test('is not while it recovers, nor before a master has registered it, healthy as it is', async () => {
    expect(await ask('mesos-agent', { '/health': 200, '/slave(1)/state': 503 })).toBe('recovering')
    expect(await ask('mesos-agent', { '/health': 200, '/slave(1)/state': { id: '' } })).toBe(
      'not registered with a master yet',
    )
  })

  test('that has its id from before is not ready until the master has it again', async () => {
    const answers = { '/slave(1)/state': { id: '897a57fd-S1' } }
    expect(await ask('mesos-agent', answers, false)).toBe('not registered with a master yet')
    expect(await ask('mesos-agent', answers, 'unreached')).toBe('not registered with a master yet')
    expect(await ask('mesos-agent', answers, true)).toBeUndefined()
  })

  const answers = (): Answers => ({ '/slave(1)/health': 200, '/slave(1)/state': { id: '897a57fd-S1' } })
  const lost = 'the leading master has it no more among its agents'

  /** What it is found to be in each second; the master has it, has not got it, is not reached, or cannot be asked. */
  async function seconds(told: (second: number) => Told, until: number) {
    let now = 0
    const asked: number[] = []
    const found: (string | undefined)[] = []
    const registered = async () => {
      asked.push(now / 1000)
      return told(now / 1000)
    }
    const probe = probeOf('mesos-agent', answers(), registered, { ...systemClock, monotonic: () => now })
    for (; now < until * 1000; now += 1000) found.push(await probe.check())
    return { asked, found, lostAt: found.indexOf(lost) }
  }

  test('that is registered is not asked for its whole state again, nor its master often', async () => {
    const known = answers()
    const probe = probeOf('mesos-agent', known, async () => true)
    expect(await probe.check()).toBeUndefined()
    known['/slave(1)/state'] = 500
    expect(await probe.check()).toBeUndefined()
    known['/slave(1)/health'] = 500
    expect(await probe.check()).toBe('/slave(1)/health answers 500')
    expect((await seconds(() => true, 61)).asked).toEqual([0, 30, 60])
  })

  test('that its master has lost is ready no more within a minute, and is again once the master has it', async () => {
    const { found, lostAt } = await seconds((second) => second < 5 || second > 70, 80)
    expect(lostAt).toBe(50)
    expect(found.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => undefined))
    expect(found.lastIndexOf(lost)).toBeLessThan(75)
    expect(found.at(-1)).toBeUndefined()
  })

  test('goes on as ready while another master is elected, and while none can be asked', async () => {
    const elected = await seconds((second) => second < 30 || second > 47, 60)
    const unasked = await seconds((second) => (second < 30 ? true : undefined), 120)
    expect([elected.lostAt, unasked.lostAt]).toEqual([-1, -1])
    // What the master said last counts until it says something else.
    const before = await seconds((second) => (second < 45 ? second < 30 : undefined), 120)
    expect(before.found.at(-1)).toBe(lost)
  })

  test('is not lost while its master is not reached, or recovers; after a minute and a half that is told', async () => {
    const unreached = 'no leading master has been reached for 90 s'
    const recovers = await seconds((second) => {
      if (second < 30 || second > 90) return true
      return second < 35 ? 'unreached' : undefined
    }, 100)
    expect(recovers.found).toEqual(recovers.found.map(() => undefined))
    const { found, lostAt } = await seconds(
      (second) => (second < 5 || second > 130 ? true : 'unreached'),
      140,
    )
    expect([lostAt, found.indexOf(unreached), found.at(-1)]).toEqual([-1, 120, undefined])
  })
})

describe('any program', () => {
  test('that asks for credentials is shown them; where they are others, that is told', async () => {
    server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        const { pathname } = new URL(request.url)
        if (pathname === '/health') return new Response()
        if (request.headers.get('authorization') === basic('banned:word'))
          return new Response('', { status: 403 })
        if (request.headers.get('authorization') !== basic('me:word'))
          return new Response('', { status: 401 })
        if (pathname === '/slave(1)/state') return Response.json({ id: 'S1' })
        return Response.json({ 'master/elected': 1, 'registrar/registry_size_bytes': 410 })
      },
    })
    const folder = mkdtempSync(join(tmpdir(), 'meshbox-probes-'))
    const credentials = join(folder, 'credentials')
    writeFileSync(credentials, 'me word\n')
    const url = `http://127.0.0.1:${server.port}`
    const check = (spec: ProbeSpec, login?: string) =>
      openProbe(spec, systemClock, {
        ...around,
        ofMasters: async () => (login === undefined ? undefined : basic(login)),
      }).check()
    const wants = (option: string) => `it wants credentials, or others than ${option} has`
    const ensemble = { servers: [], patienceMs: 1 }
    const master: ProbeSpec = { kind: 'mesos-master', url, shown: 'm1:5050', ensemble }
    expect(await check(master, 'me:word')).toBeUndefined()
    for (const login of [undefined, 'me:other'])
      expect(await check(master, login)).toBe(
        `/metrics/snapshot answers 401: ${wants('dns.mesosCredentials')}`,
      )
    expect(await check(master, 'banned:word')).toBe(
      '/metrics/snapshot answers 403: acls forbid it to what dns.mesosCredentials has',
    )
    expect(await check({ kind: 'mesos-agent', url, credentials })).toBeUndefined()
    expect(await check({ kind: 'mesos-agent', url })).toBe(
      `/slave(1)/state answers 401: ${wants('mesos.agent.http_credentials')}`,
    )
    expect(await check({ kind: 'marathon', url, login: 'me:word' })).toBeUndefined()
    expect(await check({ kind: 'marathon', url, login: 'me:other' })).toBe(
      `/ping answers 401: ${wants('marathon.http_credentials')}`,
    )
    rmSync(folder, { recursive: true })
  })

  test('is asked without credentials where these cannot be had, however long that takes to show', async () => {
    server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => Response.json({}) })
    const hangs = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    expect(await get(`http://127.0.0.1:${server.port}/`, hangs)).toMatchObject({ status: 200 })
  })

  test('that does not listen, answers an error or nonsense is told apart', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    expect(await openProbe({ kind: 'marathon', url }, systemClock, around).check()).toBe('does not listen')
    expect(await ask('marathon', { '/ping': 500 })).toBe('/ping answers 500')
    expect(await ask('marathon', { '/ping': 200, '/v2/info': 503 })).toBe('/v2/info answers 503')
    expect(await ask('mesos-agent', { '/slave(1)/state': [] })).toStartWith('does not answer')
  })
})
