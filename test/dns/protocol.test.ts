import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { type Asking, ask, decodeReply, encodeQuery } from '../conformance/wire.ts'
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
          task(
            '4',
            'more',
            Array.from({ length: 100 }, (_, i) => `10.3.0.${i + 1}`),
          ),
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

  const sets: [what: string, asking: Asking, of: number][] = [
    ['address', { name: 'many.marathon.mesos', edns: 1232 }, 60],
    ['address of a truncated answer', { name: 'many.marathon.mesos' }, 60],
    ['address of more than are prepared', { name: 'more.marathon.mesos' }, 100],
    ['target', { name: '_many._tcp.marathon.mesos', type: 'SRV', edns: 1232 }, 20],
    ['target of a truncated answer', { name: '_many._tcp.marathon.mesos', type: 'SRV' }, 20],
  ]
  test.each(sets)(
    'each %s comes first about equally often',
    async (_, asking, of) => {
      const times = 10_000
      const firsts = await firstsOf(resolver.port, asking, times)
      expect(firsts.size).toBe(of)
      // Six times as far off as chance goes.
      const leeway = 6 * Math.sqrt(times / of)
      for (const count of firsts.values()) expect(Math.abs(count - times / of)).toBeLessThan(leeway)
    },
    30_000,
  )
})

/** How often each record came first, as it stands in the message. */
async function firstsOf(port: number, asking: Asking, times: number): Promise<Map<string, number>> {
  const firsts = new Map<string, number>()
  const asked = encodeQuery(1, asking)
  const question = asked.length - (asking.edns === undefined ? 0 : 11)
  const { promise, resolve } = Promise.withResolvers<void>()
  let sent = 0
  let received = 0
  const socket = await Bun.udpSocket({
    connect: { hostname: '127.0.0.1', port },
    socket: {
      data(_, bytes) {
        const length = bytes.readUInt16BE(question + 10)
        const first = bytes.toString('hex', question + 12, question + 12 + length)
        firsts.set(first, (firsts.get(first) ?? 0) + 1)
        if (++received === times) return resolve()
        if (sent < times) socket.send(asked)
        sent++
      },
    },
  })
  for (; sent < 16; sent++) socket.send(asked)
  await promise
  socket.close()
  return firsts
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
