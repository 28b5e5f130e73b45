import { describe, expect, test } from 'bun:test'
import { type Answer, encode, type Question } from 'dns-packet'
import type { Clock } from '../../clock.ts'
import type { Upstream } from '../../config/dns.ts'
import { openCounters } from '../counters.ts'
import { parseQuery, type Query } from '../message/query.ts'
import { openForwarder } from './forward.ts'
import { openRateLimit } from './limit.ts'
import { parseReply, type UpstreamReply } from './reply.ts'

/** A clock that stands still until it is moved. */
function stoppedClock() {
  let time = 0
  const due: { at: number; run: () => void }[] = []
  const clock: Clock = {
    now: () => time,
    monotonic: () => time,
    sleep: () => Promise.reject(new Error('nobody sleeps')),
    after(ms, run) {
      const one = { at: time + ms, run }
      due.push(one)
      return () => void due.splice(due.indexOf(one) >>> 0, 1)
    },
  }
  const move = async (ms: number) => {
    time += ms
    for (const one of due.filter(({ at }) => at <= time)) {
      due.splice(due.indexOf(one), 1)
      one.run()
    }
    await Bun.sleep(0)
  }
  return { clock, move }
}

function question(name: string, type: Question['type'] = 'A'): Query {
  const parsed = parseQuery(encode({ type: 'query', id: 7, questions: [{ name, type }] }))
  if (parsed.kind !== 'query') throw new Error('no query')
  return parsed.query
}

const a = (ttl: number): Answer => ({ name: 'a.example', type: 'A', ttl, data: '192.0.2.1' })
const soa = (ttl: number, minimum: number): Answer => ({
  name: 'example',
  type: 'SOA',
  ttl,
  data: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
})

type Says = { rcode?: number; flags?: number; answers?: Answer[]; authorities?: Answer[] }

function reply({ rcode = 0, flags = 0, answers = [], authorities = [] }: Says): UpstreamReply {
  const { key, type, class: of, bytes } = question('a.example')
  const questions: Question[] = [{ name: 'a.example', type: 'A' }]
  const message = encode({ type: 'response', id: 7, flags: flags | rcode, questions, answers, authorities })
  const found = parseReply(message, { id: bytes.readUInt16BE(0), key, type, class: of })
  if (!found) throw new Error('no reply')
  return found
}

const first: Upstream = { address: '192.0.2.53', port: 53 }
const second: Upstream = { address: '192.0.2.54', port: 53 }

function forwarding(upstreams: Upstream[], exchange: (upstream: Upstream) => Promise<UpstreamReply>) {
  const { clock, move } = stoppedClock()
  const asked: string[] = []
  const counters = openCounters().forwarded
  const forward = openForwarder({
    routes: { zones: [], others: upstreams },
    timeoutMs: 5_000,
    clock,
    counters,
    exchange(upstream) {
      asked.push(upstream.address)
      return exchange(upstream)
    },
  })
  const ask = async () => {
    const said = await forward(question('a.example'))
    return said && 'age' in said ? { age: said.age, rcode: said.reply.rcode } : said
  }
  return { ask, move, asked, counters }
}

describe('a reply is remembered', () => {
  const lifetimes: [what: string, says: Says, seconds: number][] = [
    ['for the lowest TTL of its records', { answers: [a(60), a(20)] }, 20],
    ['for a day at most', { answers: [a(2 ** 31 - 1)] }, 86_400],
    ['not when its TTL is 0', { answers: [a(0)] }, 0],
    ['not when its TTL is no number of seconds', { answers: [a(2 ** 31)] }, 0],
    ['a denial for the minimum of its SOA', { rcode: 3, authorities: [soa(300, 30)] }, 30],
    ['a denial for the TTL of its SOA', { rcode: 3, authorities: [soa(20, 300)] }, 20],
    ['no data as a denial', { authorities: [soa(300, 40)] }, 40],
    ['a denial without SOA not at all', { rcode: 3 }, 0],
    ['a failure shortly', { rcode: 2 }, 2],
    ['one that is cut short shortly', { flags: 0x0200, answers: [a(60)] }, 2],
  ]
  test.each(lifetimes)('%s', async (_, says, seconds) => {
    const { ask, move, asked } = forwarding([first], async () => reply(says))
    // It is kept from the second time on.
    await ask()
    await ask()
    expect(asked).toHaveLength(2)
    if (seconds > 0) {
      await move(seconds * 1000 - 1)
      expect(await ask()).toMatchObject({ age: seconds - 1 })
      expect(asked).toHaveLength(2)
      await move(1)
    }
    await ask()
    expect(asked).toHaveLength(3)
  })
})

test('who asks at the same time shares one question', async () => {
  const { promise, resolve } = Promise.withResolvers<UpstreamReply>()
  const { ask, asked, counters } = forwarding([first], () => promise)
  const all = Array.from({ length: 100 }, ask)
  resolve(reply({ answers: [a(60)] }))
  expect(new Set((await Promise.all(all)).map((said) => JSON.stringify(said))).size).toBe(1)
  expect(asked).toHaveLength(1)
  expect(counters).toMatchObject({ asked: 1, joined: 99 })
})

test('the next upstream is asked when the first is silent for 0.4 s; its late reply still counts', async () => {
  const { promise, resolve } = Promise.withResolvers<UpstreamReply>()
  const { ask, move, asked } = forwarding([first, second], (upstream) =>
    upstream === first ? promise : new Promise(() => {}),
  )
  const said = ask()
  await move(399)
  expect(asked).toEqual([first.address])
  await move(1)
  expect(asked).toEqual([first.address, second.address])
  resolve(reply({ rcode: 3, authorities: [soa(1, 1)] }))
  expect(await said).toMatchObject({ rcode: 3 })
})

test('an upstream that failed is asked last for 30 s, and first again when it answers', async () => {
  let dead = true
  const { ask, move, asked, counters } = forwarding([first, second], (upstream) =>
    dead && upstream === first
      ? Promise.reject(new Error('refused'))
      : Promise.resolve(reply({ answers: [a(0)] })),
  )
  await ask()
  await ask()
  expect(asked).toEqual([first, second, second].map(({ address }) => address))
  expect(counters).toMatchObject({ asked: 3, failed: 1 })
  dead = false
  await move(30_000)
  await ask()
  expect(asked.at(-1)).toBe(first.address)
})

test('each client network has a rate of its own, saved up for a second', () => {
  let now = 0
  const within = openRateLimit(10, () => now)
  const take = (address: string, times: number) =>
    Array.from({ length: times }, () => within(address)).filter(Boolean).length
  expect(take('10.0.0.1', 20)).toBe(10)
  // The same /24, also when it comes over IPv6.
  expect(take('10.0.0.200', 5)).toBe(0)
  expect(take('::ffff:10.0.0.3', 5)).toBe(0)
  expect(take('10.0.1.1', 20)).toBe(10)
  expect(take('2001:db8:0:1::1', 20)).toBe(10)
  expect(take('2001:db8:0:ff::1', 5)).toBe(0)
  expect(take('2001:db8:1::1', 20)).toBe(10)
  now = 500
  expect(take('10.0.0.1', 20)).toBe(5)
  now = 60_000
  expect(take('10.0.0.1', 20)).toBe(10)
  expect(take('fe80::1%eth0', 20)).toBe(10)
})
