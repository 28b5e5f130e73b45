import { expect, test } from 'bun:test'
import { dnsSchema } from '../../src/config/dns.ts'
import { openResponder } from '../../src/dns/answer/path.ts'
import { openCounters } from '../../src/dns/counters.ts'
import { parseReply } from '../../src/dns/forward/reply.ts'
import { openFrames } from '../../src/dns/listen/frames.ts'
import { buildRecords } from '../../src/dns/records/build.ts'
import { readState } from '../../src/dns/state/read.ts'
import { openZone } from '../../src/dns/zone/open.ts'
import { decodeReply, encodeQuery } from '../conformance/wire.ts'
import { mutate, seeded } from './fuzz.ts'
import { recordedState } from './master.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Date.now() % 2 ** 32)
const long = process.env.MESHBOX_LONG === '1'
const fuzzMs = long ? 10 * 60_000 : 22_000

const config = dnsSchema.parse({})
const around = {
  masters: [],
  hosts: new Map<string, string[]>(),
  ownAddresses: ['10.0.0.9'],
  ownName: 'ns1.mesos.',
}

function responder(errors: unknown[]) {
  const zone = openZone(buildRecords(readState(recordedState()), around, config), 1, config)
  return openResponder({
    service: {
      domain: 'mesos',
      zone: () => zone,
      recursionAvailable: true,
      mayRecurse: () => false,
      withinRate: () => true,
      forward: () => undefined,
      refusedForward: () => {},
      mayTransfer: () => false,
      notified: () => false,
      transfer: () => ({ rcode: 5 }),
    },
    counters: openCounters(),
    truncateBit: true,
    random: Math.random,
    onError: (error) => errors.push(error),
  })
}

const names = [
  'web.marathon.mesos',
  '_web._tcp.marathon.mesos',
  'mesos',
  'nosuch.mesos',
  'a.example',
  '1.0.0.10.in-addr.arpa',
]
const types = ['A', 'AAAA', 'SRV', 'SOA', 'NS', 'ANY', 'AXFR', 'IXFR', 'DS', 'PTR', 'TYPE65']
const corpus: Buffer[] = [
  Buffer.alloc(0),
  Buffer.alloc(11),
  Buffer.alloc(12),
  Buffer.alloc(600, 0xff),
  // A name that is a pointer to itself, and one that never ends.
  Buffer.from('00010100000100000000000' + '0c00c00010001', 'hex'),
  Buffer.concat([Buffer.from('000101000001000000000000', 'hex'), Buffer.alloc(300, 63)]),
  // More records than bytes.
  Buffer.from('0001010000010000ffffffff0000010001', 'hex'),
  ...names.flatMap((name) => types.map((type) => encodeQuery(1, { name, type }))),
  ...names.map((name) => encodeQuery(2, { name, edns: 4096, dnssecOk: true })),
  encodeQuery(3, {
    questions: [
      { name: 'a.mesos', type: 'A' },
      { name: 'b.mesos', type: 'A' },
    ],
  }),
]

/** What is still referred to. The resident size says more about the allocator than about leaks. */
function liveBytes(): number {
  Bun.gc(true)
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test(
  `no request, however broken, breaks the resolver (MESHBOX_SEED=${seed})`,
  async () => {
    const errors: unknown[] = []
    const respond = responder(errors)
    const random = seeded(seed)
    const end = performance.now() + fuzzMs
    let replies = 0
    let before = 0
    for (let round = 0; performance.now() < end; round++) {
      const base = corpus[Math.floor(random() * corpus.length)] ?? Buffer.alloc(0)
      const request = round < corpus.length ? (corpus[round] ?? base) : mutate(base, random)
      const transport = random() < 0.5 ? 'udp' : 'tcp'
      respond(request, { transport, address: '127.0.0.1' }, (reply) => {
        replies++
        if (reply.readUInt16BE(0) !== request.readUInt16BE(0))
          throw new Error(`a wrong id for ${request.toString('hex')}`)
        if (round % 16 === 0) decodeReply(Buffer.from(reply))
      })
      openFrames()(request)
      parseReply(request, { id: 1, key: 'mesos', type: 1, class: 1 })
      if (round % 10_000 === 0) {
        await Bun.sleep(0)
        if (round === 20_000) before = liveBytes()
      }
    }
    expect(errors).toEqual([])
    expect(replies).toBeGreaterThan(1000)
    // Nothing piles up: what is kept for names that exist is bounded.
    if (before > 0) expect(liveBytes() - before).toBeLessThan(64 * 1024 * 1024)
  },
  fuzzMs * 2 + 30_000,
)

test(
  `no state, however broken, breaks the reader (MESHBOX_SEED=${seed})`,
  () => {
    const random = seeded(seed + 1)
    const end = performance.now() + fuzzMs / 3
    let good = 0
    while (performance.now() < end) {
      const state = recordedState()
      for (let times = 0; times < 5; times++) damage(state, random)
      try {
        buildRecords(readState(state), around, config)
        good++
      } catch (error) {
        // A list that is none: the state is refused, and the last good records stay.
        if (!/leader|is no list/.test(String(error))) throw error
      }
    }
    expect(good).toBeGreaterThan(0)
  },
  fuzzMs * 2 + 30_000,
)

const odd: unknown[] = [
  null,
  0,
  -1,
  1e300,
  '',
  'x',
  [],
  {},
  [null],
  [[]],
  { ports: 5 },
  'a@b@c',
  '@:',
  '[1-',
  '[9-1]',
  '\u0000',
  'x'.repeat(300),
]

/** Replaces one member somewhere by something that nobody expects there. */
function damage(value: unknown, random: () => number): void {
  if (typeof value !== 'object' || value === null) return
  const keys = Object.keys(value)
  const key = keys[Math.floor(random() * keys.length)]
  if (key === undefined) return
  const inner: unknown = Reflect.get(value, key)
  if (typeof inner === 'object' && inner !== null && random() < 0.85) damage(inner, random)
  else Reflect.set(value, key, odd[Math.floor(random() * odd.length)])
}
