import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { startUpstream } from '../conformance/upstream.ts'
import { encodeQuery } from '../conformance/wire.ts'
import { freePort } from '../zookeeper/server.ts'
import { type FakeMaster, serveState } from './master.ts'

let master: FakeMaster
let resolver: Resolver
let upstream: { stop(): Promise<void> }

beforeAll(async () => {
  const addresses = Array.from({ length: 100 }, (_, i) => ({ ip_address: `10.1.0.${i + 1}` }))
  const network = { container_status: { network_infos: [{ ip_addresses: addresses }] } }
  master = serveState({
    slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }],
    frameworks: [
      {
        name: 'marathon',
        tasks: [
          { id: '1', name: 'web', slave_id: 'a-S1', state: 'TASK_RUNNING' },
          {
            id: '2',
            name: 'many',
            slave_id: 'a-S1',
            state: 'TASK_RUNNING',
            statuses: [{ state: 'TASK_RUNNING', timestamp: 1, ...network }],
          },
        ],
      },
    ],
  })
  const upstreamPort = await freePort()
  upstream = await startUpstream({ listen: '', default: { silent: true } }, upstreamPort)
  resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      resolvers: [`127.0.0.1:${upstreamPort}`],
      timeout: 1,
    }),
    source: { kind: 'masters', masters: [master.address] },
    clock: systemClock,
    log: silentLog,
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
})
afterAll(async () => {
  await resolver.close()
  await upstream.stop()
  await master.stop()
})

async function kdig(...args: string[]): Promise<string> {
  const run = Bun.spawn(['kdig', '@127.0.0.1', '-p', String(resolver.port), '+retry=0', '+time=3', ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const text = (await new Response(run.stdout).text()) + (await new Response(run.stderr).text())
  await run.exited
  return text
}

const web = 'web.marathon.mesos'
const address = /^web\.marathon\.mesos\.\s+60\s+IN\s+A\s+10\.0\.0\.1$/m

describe('EDNS', () => {
  test('is answered with EDNS and our size (RFC 6891 section 6.1.1), and not sent to who sent none', async () => {
    const text = await kdig(web, '+edns=0', '+bufsize=4096')
    expect(text).toMatch(address)
    expect(text).toMatch(/Version: 0; flags: ; UDP size: 1232 B; ext-rcode: NOERROR/)
    expect(await kdig(web, '+noedns')).not.toContain('EDNS PSEUDOSECTION')
  })

  test('of a later version is answered with BADVERS and ours (RFC 6891 section 6.1.3)', async () => {
    const text = await kdig(web, '+edns=1')
    expect(text).toContain('BADVERS')
    expect(text).toContain('Version: 0;')
    expect(text).not.toMatch(address)
  })

  test('says DO as it was said (RFC 3225 section 3)', async () => {
    expect(await kdig(web, '+dnssec')).toMatch(/Version: 0; flags: do;/)
  })

  test('options that we do not know are ignored (RFC 6891 section 6.1.2)', async () => {
    const options = ['+cookie', '+subnet=192.0.2.0/24', '+padding=128', '+nsid', '+ednsopt=65001:abcdef']
    for (const option of options) {
      const text = await kdig(web, '+edns', option)
      expect([option, text.includes('status: NOERROR'), address.test(text)]).toEqual([option, true, true])
    }
  })

  test('sizes below 512 count as 512 (RFC 6891 section 6.2.3), above ours as ours', async () => {
    const fits = async (size: number) => {
      const text = await kdig('many.marathon.mesos', '+edns', `+bufsize=${size}`, '+ignore')
      return [/Flags: qr aa tc/.test(text), Number(/Received (\d+) B/.exec(text)?.[1])]
    }
    const [small, cut] = await fits(100)
    expect(small).toBe(true)
    expect(cut).toBeGreaterThan(480)
    expect(cut).toBeLessThanOrEqual(512)
    const [large, most] = await fits(65_000)
    expect(large).toBe(true)
    expect(most).toBeGreaterThan(1200)
    expect(most).toBeLessThanOrEqual(1232)
  })

  test('an answer that was cut is whole over TCP (RFC 7766 section 5)', async () => {
    const text = await kdig('many.marathon.mesos')
    expect(text.match(/^many\./gm)).toHaveLength(100)
    expect(text).toContain('(TCP)')
  })
})

describe('over TCP (RFC 7766)', () => {
  test('one connection serves one question after the other', async () => {
    const questions = [web, 'nosuch.mesos', 'slave.mesos', 'mesos SOA', web].flatMap((words) =>
      words.split(' '),
    )
    const text = await kdig('+tcp', '+keepopen', ...questions)
    const statuses = [...text.matchAll(/status: (\w+)/g)].map(([, status]) => status)
    expect(statuses).toEqual(['NOERROR', 'NXDOMAIN', 'NOERROR', 'NOERROR', 'NOERROR'])
  })

  test('what is known at once does not wait for what is asked elsewhere', async () => {
    const order: number[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const socket = connect(resolver.port, '127.0.0.1')
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, Buffer.from(chunk)])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        order.push(rest.readUInt16BE(2))
        rest = rest.subarray(2 + rest.readUInt16BE(0))
      }
      if (order.length === 3) resolve()
    })
    const names = ['slow.example', web, 'nosuch.mesos']
    for (const [i, name] of names.entries()) {
      const message = encodeQuery(i + 1, { name })
      socket.write(Buffer.concat([Buffer.from([0, message.length]), message]))
    }
    await promise
    socket.destroy()
    expect(order).toEqual([2, 3, 1])
  })
})

test('another class is refused, an unknown type has no data', async () => {
  expect(await kdig(web, '-c', 'CH')).toContain('status: REFUSED')
  expect(await kdig(web, '-t', 'TYPE65280')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0; AUTHORITY: 1/)
})
