import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'dns-packet'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver, type ZoneRecord } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { type FakeMaster, startMaster } from './master.ts'

let names = ['web', 'api']
/** Of the first tasks. */
let weights: string[] = []
let master: FakeMaster
let resolver: Resolver
let nsdPort: number
let nsd: Bun.Subprocess
const dir = mkdtempSync(join(tmpdir(), 'meshbox-nsd-'))

const state = () => ({
  leader: `master@${master.address}`,
  slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }],
  frameworks: [
    {
      name: 'marathon',
      tasks: names.map((name, i) => ({
        id: name,
        name,
        slave_id: 'a-S1',
        state: 'TASK_RUNNING',
        resources: { ports: '[31000-31001]' },
        labels: (weights[i] ?? '') === '' ? [] : [{ key: 'weight', value: weights[i] }],
      })),
    },
  ],
})

beforeAll(async () => {
  master = startMaster((path) => (path === '/master/state' ? state() : undefined))
  nsdPort = await freePort()
  resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
      refreshSeconds: 600,
      transferTo: ['127.0.0.1'],
      notify: [`127.0.0.1:${nsdPort}`],
      weightLabel: 'weight',
    }),
    source: { kind: 'masters', masters: [master.address] },
    clock: systemClock,
    log: silentLog,
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () => resolver.status().loadedAt)
  nsd = startNsd()
  await serialOfNsd(resolver.status().serial)
}, 60_000)

afterAll(async () => {
  nsd.kill()
  await nsd.exited
  await resolver.close()
  await master.stop()
  rmSync(dir, { recursive: true, force: true })
})

function startNsd(): Bun.Subprocess {
  const config = `
server:
  ip-address: 127.0.0.1@${nsdPort}
  username: ""
  chroot: ""
  zonesdir: "${dir}"
  database: ""
  pidfile: "${dir}/nsd.pid"
  xfrdfile: "${dir}/xfrd.state"
  xfrdir: "${dir}"
  zonelistfile: "${dir}/zone.list"
  logfile: "${dir}/nsd.log"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: mesos
  zonefile: "${dir}/mesos.zone"
  allow-notify: 127.0.0.1 NOKEY
  provide-xfr: 127.0.0.1 NOKEY
  request-xfr: 127.0.0.1@${resolver.port} NOKEY
`
  writeFileSync(join(dir, 'nsd.conf'), config)
  return Bun.spawn(['/usr/sbin/nsd', '-d', '-c', join(dir, 'nsd.conf')], {
    stdout: 'ignore',
    stderr: 'ignore',
  })
}

async function serialOfNsd(wanted: number): Promise<void> {
  const found = await until(systemClock, { everyMs: 50, timeoutMs: 20_000 }, async () => {
    const { answer } = await dig(nsdPort, 'mesos', 'SOA')
    return answer[0]?.includes(` ${wanted} `) || undefined
  })
  if (!found) throw new Error(`nsd did not come to serial ${wanted}`)
}

/** The records of a transfer, SOA apart. */
async function transferred(...query: string[]): Promise<string[]> {
  const { text } = await dig(resolver.port, '+noall', '+answer', ...query)
  return text
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '' && !line.startsWith(';') && !line.includes(' SOA '))
    .sort()
}

test('dig takes the whole zone', async () => {
  const zone = await transferred('mesos', 'AXFR')
  const listed = resolver.records().map(({ name, ttl, type, data }) => `${name} ${ttl} IN ${type} ${data}`)
  expect(zone).toEqual([...listed, 'mesos. 60 IN NS ns1.mesos.'].sort())
})

test('a client of another network is refused', async () => {
  expect((await dig(resolver.port, '-b', '127.0.0.2', 'mesos', 'AXFR')).text).toContain('Transfer failed')
})

test('IXFR gives what changed, a serial that is not known any more the whole zone', async () => {
  const before = resolver.status().serial
  names = ['web', 'new']
  await resolver.refresh()
  expect(resolver.status().serial).toBeGreaterThan(before)
  const changes = await transferred('mesos', `IXFR=${before}`)
  expect(changes.filter((line) => line.startsWith('api.marathon.mesos. '))).toHaveLength(1)
  expect(changes.filter((line) => line.startsWith('new.marathon.mesos. '))).toHaveLength(1)
  expect(changes.some((line) => line.includes('web'))).toBe(false)
  expect(await transferred('mesos', 'IXFR=1')).toEqual(await transferred('mesos', 'AXFR'))
  expect(await transferred('mesos', `IXFR=${resolver.status().serial}`)).toEqual([])
})

test('the serial stands still while nothing changes', async () => {
  const { serial } = resolver.status()
  await resolver.refresh()
  expect(resolver.status().serial).toBe(serial)
})

test('an NSD secondary is told of a change and follows it', async () => {
  names = ['web', 'other']
  await resolver.refresh()
  await serialOfNsd(resolver.status().serial)
  expect((await dig(nsdPort, 'other.marathon.mesos')).answer).toEqual([
    'other.marathon.mesos. 60 IN A 10.0.0.1',
  ])
  expect((await dig(nsdPort, 'new.marathon.mesos')).rcode).toBe('NXDOMAIN')
  expect((await dig(nsdPort, '_web._tcp.marathon.mesos', 'SRV')).answer).toHaveLength(2)
}, 30_000)

/** Stands before the resolver and notes which transfers go by. */
function passage(to: number): { port: number; asked: string[]; stop(): void } {
  const asked: string[] = []
  const server = createServer((client) => {
    const behind = connect(to, '127.0.0.1')
    client.on('data', (bytes) => {
      const { questions = [] } = decode(Buffer.from(bytes).subarray(2))
      asked.push(...questions.map(({ type }) => type))
    })
    client.pipe(behind).pipe(client)
    for (const socket of [client, behind]) socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    asked,
    stop: () => void server.close(),
  }
}

async function secondaryOf(...transferFrom: number[]): Promise<Resolver> {
  const secondary = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
      refreshSeconds: 600,
      transferFrom: transferFrom.map((port) => `127.0.0.1:${port}`),
      transferTo: ['127.0.0.1'],
    }),
    source: { kind: 'masters', masters: [] },
    clock: systemClock,
    log: silentLog,
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () => secondary.status().loadedAt)
  return secondary
}

const sorted = (records: ZoneRecord[]) => records.map((record) => JSON.stringify(record)).sort()

describe('a meshbox takes the zone from another', () => {
  test('is told of changes, and goes to the next primary when one is gone', async () => {
    const secondary = await secondaryOf(await freePort(), resolver.port)
    try {
      expect(secondary.status().leader).toBe(`127.0.0.1:${resolver.port}`)
      expect(sorted(secondary.records())).toEqual(sorted(resolver.records()))

      names = ['web', 'third']
      await resolver.refresh()
      const notify = Bun.spawn(['kdig', '@127.0.0.1', '-p', String(secondary.port), 'mesos', 'NOTIFY=1'], {
        stdout: 'pipe',
      })
      expect(await new Response(notify.stdout).text()).toContain('NOERROR')
      const followed = await until(systemClock, { everyMs: 20, timeoutMs: 10_000 }, async () => {
        const { answer } = await dig(secondary.port, 'third.marathon.mesos')
        return answer.length > 0 || undefined
      })
      expect(followed).toBe(true)
      const before = secondary.status()
      await secondary.refresh()
      expect(secondary.status()).toMatchObject({ serial: before.serial, stale: false })
    } finally {
      await secondary.close()
    }
  }, 30_000)

  test('by increments as long as it stays with one primary, and whole after it has changed', async () => {
    const [one, other] = [passage(resolver.port), passage(resolver.port)]
    const secondary = await secondaryOf(one.port, other.port)
    try {
      expect(one.asked).toEqual(['AXFR'])
      names = ['web', 'fourth']
      weights = ['7']
      await resolver.refresh()
      const before = secondary.status().serial
      await secondary.refresh()
      await secondary.refresh()
      expect(one.asked).toEqual(['AXFR', 'IXFR', 'IXFR'])
      expect(sorted(secondary.records())).toEqual(sorted(resolver.records()))
      // What it hands on is a history of its own.
      const handedOn = await dig(secondary.port, '+noall', '+answer', 'mesos', `IXFR=${before}`)
      expect(handedOn.text).toContain('fourth.marathon.mesos.')
      expect(handedOn.text).not.toContain('web.marathon.mesos.')

      one.stop()
      await secondary.refresh()
      expect(other.asked).toEqual(['AXFR'])
      names = ['web', 'fifth']
      await resolver.refresh()
      await secondary.refresh()
      expect(other.asked).toEqual(['AXFR', 'IXFR'])
      expect(sorted(secondary.records())).toEqual(sorted(resolver.records()))
    } finally {
      await secondary.close()
      one.stop()
      other.stop()
    }
  }, 30_000)

  test('or from NSD', async () => {
    await serialOfNsd(resolver.status().serial)
    const secondary = await secondaryOf(nsdPort)
    try {
      expect(sorted(secondary.records())).toEqual(sorted(resolver.records()))
      names = ['web', 'sixth']
      await resolver.refresh()
      await serialOfNsd(resolver.status().serial)
      await secondary.refresh()
      expect(sorted(secondary.records())).toEqual(sorted(resolver.records()))
    } finally {
      await secondary.close()
    }
  }, 30_000)
})
