import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { openResponder } from '../../src/dns/answer/path.ts'
import { openCounters } from '../../src/dns/counters.ts'
import { parseReply } from '../../src/dns/forward/reply.ts'
import { openFrames } from '../../src/dns/listen/frames.ts'
import { buildRecords } from '../../src/dns/records/build.ts'
import { readState } from '../../src/dns/state/read.ts'
import { openZone } from '../../src/dns/zone/open.ts'
import { ask, decodeReply, encodeQuery } from '../conformance/wire.ts'
import { freePort } from '../zookeeper/server.ts'
import { mutate, seeded } from './fuzz.ts'
import { recordedState, serveState } from './master.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Date.now() % 2 ** 32)
const long = process.env.MESHBOX_LONG === '1'
const fuzzMs = long ? 10 * 60_000 : 30_000

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

/** The resolver in a process of its own, asked over its sockets. */
let child: { pid: number; port: number; exitCode: () => number | null }
const ending: (() => unknown)[] = []
beforeAll(async () => {
  const master = serveState(recordedState())
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-dns-'))
  const port = await freePort()
  const settings = {
    masters: [master.address],
    listener: '127.0.0.1',
    port,
    httpon: false,
    externalon: false,
  }
  writeFileSync(join(dir, 'config.json'), JSON.stringify(settings))
  const serve = join(import.meta.dir, '..', 'conformance', 'serve.ts')
  const started = Bun.spawn([process.execPath, serve, join(dir, 'config.json')], { stderr: 'inherit' })
  child = { pid: started.pid, port, exitCode: () => started.exitCode }
  ending.push(
    () => started.kill(),
    () => master.stop(),
    () => rmSync(dir, { recursive: true, force: true }),
  )
  await until(systemClock, { everyMs: 50, timeoutMs: 20_000 }, async () =>
    (await udpAnswers()) ? true : undefined,
  )
}, 30_000)
afterAll(() => {
  for (const end of ending) end()
})

/** Whether a good question is answered still. */
async function udpAnswers(): Promise<boolean> {
  const reply = await ask(child.port, { name: 'web.marathon.mesos', type: 'A' }, 5_000)
  return reply.rcode === 'NOERROR' && reply.answer?.length === 1
}

/** As it comes: whole, in pieces, or with a length that is not its own. */
function sendOverTcp(message: Buffer, random: () => number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const length = random() < 0.8 ? message.length : Math.floor(random() * 65_536)
  const framed = Buffer.concat([Buffer.from([length >> 8, length & 255]), message])
  const socket = connect(child.port, '127.0.0.1', () => {
    const cut = Math.floor(random() * framed.length)
    socket.write(framed.subarray(0, cut))
    socket.end(framed.subarray(cut))
  })
  socket.setTimeout(1_000, () => socket.destroy())
  socket.resume()
  socket.on('error', () => {})
  socket.on('close', () => resolve())
  return promise
}

function residentMb(): number {
  const text = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024
}

describe('whatever comes', () => {
  test.concurrent(
    `no request, however broken, breaks the resolver (MESHBOX_SEED=${seed})`,
    async () => {
      const errors: unknown[] = []
      const respond = responder(errors)
      const random = seeded(seed)
      const udp = createSocket('udp4')
      udp.on('error', () => {})
      const draw = () => {
        const base = corpus[Math.floor(random() * corpus.length)] ?? Buffer.alloc(0)
        return random() < 0.1 ? base : mutate(base, random)
      }
      const begin = performance.now()
      let replies = 0
      let live = 0
      let resident = 0
      while (performance.now() - begin < fuzzMs) {
        for (let round = 0; round < 1_000; round++) {
          const request = draw()
          const transport = random() < 0.5 ? 'udp' : 'tcp'
          respond(request, { transport, address: '127.0.0.1' }, (reply) => {
            replies++
            if (reply.readUInt16BE(0) !== request.readUInt16BE(0))
              throw new Error(`a wrong id for ${request.toString('hex')}`)
            if (round % 16 === 0) decodeReply(Buffer.from(reply))
          })
          openFrames()(request)
          parseReply(request, { id: 1, key: 'mesos', type: 1, class: 1 })
        }
        for (let sent = 0; sent < 200; sent++) udp.send(draw(), child.port, '127.0.0.1')
        await Promise.all(Array.from({ length: 3 }, () => sendOverTcp(draw(), random)))
        if (!(await udpAnswers())) expect(await udpAnswers()).toBe(true)
        if (live === 0 && performance.now() - begin > fuzzMs / 2) {
          live = liveBytes()
          resident = residentMb()
        }
      }
      udp.close()
      expect(errors).toEqual([])
      expect(child.exitCode()).toBeNull()
      expect(replies).toBeGreaterThan(1000)
      // Nothing piles up: what is kept for names that exist is bounded.
      expect(liveBytes() - live).toBeLessThan(64 * 1024 * 1024)
      expect(residentMb() - resident).toBeLessThan(100)
    },
    fuzzMs * 2 + 30_000,
  )

  test.concurrent(
    `no state, however broken, breaks the reader (MESHBOX_SEED=${seed})`,
    async () => {
      const random = seeded(seed + 1)
      const end = performance.now() + fuzzMs
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
        await Bun.sleep(1)
      }
      expect(good).toBeGreaterThan(0)
    },
    fuzzMs * 2 + 30_000,
  )

  // It takes its time, and the others need not wait for it.
  test.concurrent('a client that trickles a query in is cut off; one that asks is not', async () => {
    const slow = connect(child.port, '127.0.0.1')
    const good = connect(child.port, '127.0.0.1')
    const closed = new Set<Socket>()
    for (const socket of [slow, good]) {
      socket.resume()
      socket.on('error', () => {})
      socket.on('close', () => closed.add(socket))
      ending.push(() => socket.destroy())
    }
    const question = encodeQuery(1, { name: 'slave.mesos' })
    slow.write(Buffer.from([0xff, 0xff]))
    const drip = setInterval(() => slow.write(Buffer.from([0])), 500)
    const asking = setInterval(
      () => good.write(Buffer.concat([Buffer.from([0, question.length]), question])),
      2_000,
    )
    const cut = await until(
      systemClock,
      { everyMs: 50, timeoutMs: 25_000 },
      () => closed.has(slow) || undefined,
    )
    clearInterval(drip)
    clearInterval(asking)
    expect(cut).toBe(true)
    expect(closed.has(good)).toBe(false)
  }, 40_000)
})

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
