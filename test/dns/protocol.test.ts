import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { ask, decodeReply, encodeQuery } from '../conformance/wire.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { type FakeMaster, serveState } from './master.ts'

const many = Array.from({ length: 60 }, (_, i) => `10.2.0.${i + 1}`)
const long = 'x'.repeat(57)
const task = (id: string, name: string, addresses: string[], ports = '') => ({
  id,
  name,
  slave_id: 'a-S1',
  state: 'TASK_RUNNING',
  resources: { ports },
  statuses: [
    {
      state: 'TASK_RUNNING',
      timestamp: 1,
      container_status: {
        network_infos: [{ ip_addresses: addresses.map((ip_address) => ({ ip_address })) }],
      },
    },
  ],
})

let master: FakeMaster
let resolver: Resolver

beforeAll(async () => {
  master = serveState({
    slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }],
    frameworks: [
      {
        name: 'marathon',
        tasks: [
          task('1', 'web', ['10.1.0.1', 'fd00::1'], '[31000-31001]'),
          task('2', 'many', many, '[32000-32019]'),
          task('3', long, ['10.1.0.3'], '[33000-33000]'),
        ],
      },
    ],
  })
  resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
      soaMinttl: 7,
    }),
    source: { kind: 'masters', masters: [master.address] },
    clock: systemClock,
    log: silentLog,
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
})

afterAll(async () => {
  await resolver.close()
  await master.stop()
})

const query = (asking: Parameters<typeof ask>[1]) => ask(resolver.port, asking, 2_000)

describe('what the RFCs ask for', () => {
  test('other opcodes get NOTIMP', async () => {
    for (const opcode of [2, 5, 6]) {
      expect(await query({ name: 'web.marathon.mesos', opcode })).toMatchObject({
        rcode: 'NOTIMP',
        opcode,
        qr: 1,
      })
    }
  })

  test('a negative answer names the apex, and lives as long as its minimum', async () => {
    const { rcode, authority } = await dig(resolver.port, 'nosuch.mesos')
    expect(rcode).toBe('NXDOMAIN')
    expect(authority[0]).toMatch(/^mesos\. 7 IN SOA ns1\.mesos\. root\.ns1\.mesos\. \d+ 60 600 86400 7$/)
  })

  test('a name that only others are below exists', async () => {
    for (const name of ['mesos', '_tcp.marathon.mesos', 'marathon.slave.mesos']) {
      const found = await dig(resolver.port, name, 'TXT')
      expect([found.rcode, found.authority.length, found.flags.includes('aa')]).toEqual(['NOERROR', 1, true])
    }
  })

  test('the spelling of the question comes back', async () => {
    const found = await dig(resolver.port, 'WeB.MaRaThOn.MeSoS')
    expect(found.answer).toEqual(['WeB.MaRaThOn.MeSoS. 60 IN A 10.1.0.1'])
  })

  test('EDNS is answered with EDNS, an unknown version with BADVERS', async () => {
    expect((await query({ name: 'web.marathon.mesos', edns: 4096 })).edns).toEqual({ udp: 1232, version: 0 })
    expect((await query({ name: 'web.marathon.mesos' })).edns).toBeUndefined()
    expect(await query({ name: 'web.marathon.mesos', edns: 512, ednsVersion: 1 })).toMatchObject({
      rcode: 'BADVERS',
      answer: [],
    })
  })

  test('TC tells of missing answers, never of missing additional records', async () => {
    const plain = await query({ name: 'many.marathon.mesos' })
    expect([plain.tc, plain.answer?.length]).toEqual([1, 29])
    const roomy = await query({ name: 'many.marathon.mesos', edns: 1232 })
    expect([roomy.tc, roomy.answer?.length]).toEqual([0, 60])
    const tiny = await query({ name: '_web._tcp.marathon.mesos', type: 'SRV' })
    expect([tiny.tc, tiny.answer?.length, tiny.additional?.length]).toEqual([0, 2, 1])
    expect((await query({ name: '_many._tcp.marathon.mesos', type: 'SRV', tcp: true })).answer?.length).toBe(
      20,
    )
  })

  test('an address that belongs to one task has its name; an address that several share has none', async () => {
    expect((await dig(resolver.port, '-x', '10.1.0.1')).answer).toEqual([
      '1.0.1.10.in-addr.arpa. 60 IN PTR web-giib1-s1.marathon.mesos.',
    ])
    const v6 = await dig(resolver.port, '-x', 'fd00::1')
    expect(v6.answer[0]).toEndWith('60 IN PTR web-giib1-s1.marathon.mesos.')
    expect((await dig(resolver.port, '-x', '10.0.0.1')).rcode).toBe('REFUSED')
  })

  test('a target whose label is too long is left out and counted; its name exists', async () => {
    const found = await query({ name: `_${long}._tcp.marathon.mesos`, type: 'SRV' })
    expect([found.rcode, found.answer]).toEqual(['NOERROR', []])
    expect((await query({ name: `${long}.marathon.mesos` })).answer).toEqual([
      `${long}.marathon.mesos. 60 IN A 10.1.0.3`,
    ])
    expect(resolver.status().skipped).toBeGreaterThan(0)
  })

  test('each address comes first about equally often, in truncated answers too', async () => {
    const firsts = new Map<string, number>()
    const rounds = 3_000
    for (let i = 0; i < rounds; i++) {
      const reply = await rawFirst(resolver.port)
      firsts.set(reply, (firsts.get(reply) ?? 0) + 1)
    }
    expect(firsts.size).toBe(60)
    for (const count of firsts.values()) {
      expect(count).toBeGreaterThan(rounds / 60 / 3)
      expect(count).toBeLessThan((rounds / 60) * 3)
    }
  }, 30_000)
})

/** The first address of an answer as it stands in the message. */
async function rawFirst(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const socket = await Bun.udpSocket({
    connect: { hostname: '127.0.0.1', port },
    socket: { data: (_, bytes) => resolve(Buffer.from(bytes)) },
  })
  const sent = encodeQuery(1, { name: 'many.marathon.mesos' })
  socket.send(sent)
  const reply = await promise
  socket.close()
  return reply.subarray(sent.length + 12, sent.length + 16).join('.')
}

describe('TCP', () => {
  test('many queries in one packet, and one in many, are all answered on one connection', async () => {
    const names = ['web.marathon.mesos', 'nosuch.mesos', 'slave.mesos', 'leader.mesos']
    const framed = Buffer.concat(
      names.map((name, i) => {
        const message = encodeQuery(i + 1, { name })
        const length = Buffer.alloc(2)
        length.writeUInt16BE(message.length)
        return Buffer.concat([length, message])
      }),
    )
    for (const size of [framed.length, 5]) {
      const found = await overOneConnection(resolver.port, framed, size, names.length)
      expect(found.sort()).toEqual(['1 NOERROR', '2 NXDOMAIN', '3 NOERROR', '4 NOERROR'])
    }
  })

  test('a malformed message does not end the connection', async () => {
    const bad = Buffer.from([0, 13, 0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 77])
    const good = encodeQuery(1, { name: 'slave.mesos' })
    const framed = Buffer.concat([bad, Buffer.from([0, good.length]), good])
    expect((await overOneConnection(resolver.port, framed, framed.length, 2)).sort()).toEqual([
      '1 NOERROR',
      '9 FORMERR',
    ])
  })
})

/** `ID RCODE` of each reply. */
function overOneConnection(port: number, bytes: Buffer, size: number, replies: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const found: string[] = []
    let rest = Buffer.alloc(0)
    const socket = connect(port, '127.0.0.1', async () => {
      socket.setNoDelay(true)
      for (let at = 0; at < bytes.length; at += size) {
        socket.write(bytes.subarray(at, at + size))
        await Bun.sleep(1)
      }
    })
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, Buffer.from(chunk)])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const message = rest.subarray(2, 2 + rest.readUInt16BE(0))
        found.push(`${message.readUInt16BE(0)} ${decodeReply(message).rcode}`)
        rest = rest.subarray(2 + message.length)
      }
      if (found.length < replies) return
      socket.destroy()
      resolve(found)
    })
  })
}
