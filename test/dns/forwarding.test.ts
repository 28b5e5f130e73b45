import { afterEach, describe, expect, test } from 'bun:test'
import { type Answer, decode, encode, type Question } from 'dns-packet'
import { systemClock } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { startUpstream, type UpstreamSpec } from '../conformance/upstream.ts'
import { type Asking, ask } from '../conformance/wire.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function resolverWith(settings: Record<string, unknown>): Promise<Resolver> {
  const resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      timeout: 1,
      ...settings,
    }),
    source: { kind: 'masters', masters: [] },
    clock: systemClock,
    log: silentLog,
  })
  ending.push(() => resolver.close())
  return resolver
}

async function upstream(spec: Omit<UpstreamSpec, 'listen'>): Promise<{ address: string; asked: string[] }> {
  const port = await freePort()
  const asked: string[] = []
  const server = await startUpstream({ listen: '', ...spec }, port, (name) => asked.push(name))
  ending.push(() => server.stop())
  return { address: `127.0.0.1:${port}`, asked }
}

const a = (name: string, data: string, ttl = 30) => ({ answer: [{ name, type: 'A', ttl, data }] })
const query = (resolver: Resolver, asking: Asking) => ask(resolver.port, asking, 5_000)

describe('a name outside the domain', () => {
  test('is asked for once by many who ask at the same time, and remembered from the second time on', async () => {
    const one = await upstream({ answers: { 'ok.example. A': a('ok.example.', '192.0.2.1', 300) } })
    const resolver = await resolverWith({ resolvers: [one.address] })
    const together = await Promise.all(
      Array.from({ length: 20 }, () => query(resolver, { name: 'ok.example' })),
    )
    expect(new Set(together.map(({ answer }) => answer?.[0]))).toEqual(
      new Set(['ok.example. 300 IN A 192.0.2.1']),
    )
    expect(one.asked).toHaveLength(1)
    for (let i = 0; i < 3; i++) await query(resolver, { name: 'OK.example' })
    expect(one.asked).toHaveLength(2)
  })

  test('comes back in the spelling of the question, from the cache too', async () => {
    const one = await upstream({ default: a('ok.example.', '192.0.2.1') })
    const resolver = await resolverWith({ resolvers: [one.address] })
    for (const name of ['ok.example', 'oK.ExAmPlE', 'OK.EXAMPLE', 'Ok.Example']) {
      expect((await query(resolver, { name })).question).toEqual([`${name}. IN A`])
    }
  })

  test('is asked of the next upstream when the first is dead, fails or refuses', async () => {
    const failing = await upstream({ default: { rcode: 2 } })
    const refusing = await upstream({ default: { rcode: 5 } })
    const good = await upstream({ default: a('ok.example.', '192.0.2.1') })
    const dead = `127.0.0.1:${await freePort()}`
    const resolver = await resolverWith({
      resolvers: [dead, failing.address, refusing.address, good.address],
    })
    expect((await query(resolver, { name: 'ok.example' })).answer).toEqual(['ok.example. 30 IN A 192.0.2.1'])
    const alone = await resolverWith({ resolvers: [refusing.address] })
    expect((await query(alone, { name: 'ok.example' })).rcode).toBe('REFUSED')
  })

  test('a dead upstream is tried last for a while', async () => {
    const silent = await upstream({ default: { silent: true } })
    const good = await upstream({ default: a('ok.example.', '192.0.2.1') })
    const resolver = await resolverWith({ resolvers: [silent.address, good.address] })
    await query(resolver, { name: 'one.example' })
    await systemClock.sleep(1_200)
    await query(resolver, { name: 'two.example' })
    expect(silent.asked).toEqual(['one.example.'])
  })

  test('goes to the upstream of its zone', async () => {
    const zone = await upstream({ default: a('x.corp.', '192.0.2.9') })
    const other = await upstream({ default: { rcode: 3 } })
    const resolver = await resolverWith({
      resolvers: [other.address],
      zoneResolvers: { corp: [zone.address] },
    })
    expect((await query(resolver, { name: 'x.CORP' })).answer).toHaveLength(1)
    expect((await query(resolver, { name: 'x.xcorp' })).rcode).toBe('NXDOMAIN')
    expect(zone.asked).toEqual(['x.CORP.'])
  })

  test('a reply that says TC is fetched anew over TCP', async () => {
    const one = await upstream({
      default: { ...a('big.example.', '192.0.2.1'), repeat: 60, tcOverUdp: true },
    })
    const resolver = await resolverWith({ resolvers: [one.address] })
    expect((await query(resolver, { name: 'big.example', tcp: true })).answer).toHaveLength(60)
    expect(await query(resolver, { name: 'big.example' })).toMatchObject({ tc: 1, answer: [] })
  })

  test('is SERVFAIL with an extended error when nobody answers', async () => {
    const resolver = await resolverWith({ resolvers: [`127.0.0.1:${await freePort()}`] })
    const found = await dig(resolver.port, 'ok.example')
    expect(found.rcode).toBe('SERVFAIL')
    expect(found.text).toMatch(/EDE: 22/)
  })

  test('is refused for networks that may not ask, and beyond the rate of the network', async () => {
    const one = await upstream({ default: a('ok.example.', '192.0.2.1') })
    const closed = await resolverWith({ resolvers: [one.address], recursionAllow: ['10.0.0.0/8'] })
    expect((await query(closed, { name: 'ok.example' })).rcode).toBe('REFUSED')
    const slow = await resolverWith({ resolvers: [one.address], rateLimit: 2 })
    const codes: (string | undefined)[] = []
    for (let i = 0; i < 5; i++) codes.push((await query(slow, { name: 'ok.example' })).rcode)
    expect(codes.slice(0, 2)).toEqual(['NOERROR', 'NOERROR'])
    expect(codes).toContain('REFUSED')
  })

  test('is never asked of this very resolver', async () => {
    const port = await freePort()
    const resolver = await resolverWith({ port, resolvers: [`127.0.0.1:${port}`] })
    expect((await query(resolver, { name: 'ok.example' })).rcode).toBe('REFUSED')
  })

  test('is asked from a port and by an id that nobody can guess, and forged replies are waited past', async () => {
    const seen: { port: number; id: number }[] = []
    const forger = await Bun.udpSocket({ hostname: '127.0.0.1', port: 0, socket: { error: () => {} } })
    ending.push(async () => forger.close())
    const server = await Bun.udpSocket({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket, bytes, port, address) {
          const { id = 0, questions = [] } = decode(Buffer.from(bytes))
          const [{ name, type }] = questions as [Question]
          seen.push({ port, id })
          const say = (data: string, of: number, about: string) => {
            const answers: Answer[] = [{ name: about, type: 'A', ttl: 30, data }]
            return encode({ type: 'response', id: of, questions: [{ name: about, type }], answers })
          }
          socket.send(say('192.0.2.66', (id + 1) & 0xffff, name), port, address)
          socket.send(say('192.0.2.66', id, `x${name}`), port, address)
          forger.send(say('192.0.2.66', id, name), port, address)
          socket.send(say('192.0.2.1', id, name), port, address)
        },
      },
    })
    ending.push(async () => server.close())
    const resolver = await resolverWith({ resolvers: [`127.0.0.1:${server.port}`] })
    for (let i = 0; i < 40; i++)
      expect((await query(resolver, { name: `n${i}.example` })).answer).toEqual([
        `n${i}.example. 30 IN A 192.0.2.1`,
      ])
    expect(new Set(seen.map(({ port }) => port)).size).toBeGreaterThan(30)
    expect(new Set(seen.map(({ id }) => id)).size).toBeGreaterThan(35)
    const steps = seen.slice(1).map(({ id }, i) => id - (seen[i]?.id ?? 0))
    expect(new Set(steps).size).toBeGreaterThan(30)
  })

  test('is asked without EDNS of a server that cannot read it', async () => {
    const server = await Bun.udpSocket({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket, bytes, port, address) {
          const { id = 0, questions = [], additionals = [] } = decode(Buffer.from(bytes))
          const [{ name }] = questions as [Question]
          const old = additionals.length > 0
          const answers: Answer[] = old ? [] : [{ name, type: 'A', ttl: 30, data: '192.0.2.1' }]
          const message = { type: 'response' as const, id, flags: old ? 1 : 0, questions, answers }
          socket.send(encode(message), port, address)
        },
      },
    })
    ending.push(async () => server.close())
    const resolver = await resolverWith({ resolvers: [`127.0.0.1:${server.port}`] })
    expect((await query(resolver, { name: 'ok.example', edns: 1232 })).answer).toEqual([
      'ok.example. 30 IN A 192.0.2.1',
    ])
  })
})
