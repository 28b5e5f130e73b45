import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { listenTcp } from '../../src/dns/listen/tcp.ts'
import type { Listener } from '../../src/dns/listen/udp.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { encodeQuery } from '../conformance/wire.ts'
import { needsRoot } from '../root.ts'
import { freePort } from '../zookeeper/server.ts'
import { dig } from './dig.ts'
import { type FakeMaster, serveState } from './master.ts'

let master: FakeMaster
let resolver: Resolver
const sockets: Socket[] = []

beforeAll(async () => {
  master = serveState({ slaves: [{ id: 'a-S1', pid: 'slave(1)@10.0.0.1:5051' }], frameworks: [] })
  resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
      transferTo: ['127.0.0.0/30'],
    }),
    source: { kind: 'masters', masters: [master.address] },
    clock: systemClock,
    log: silentLog,
  })
  await until(systemClock, { everyMs: 10, timeoutMs: 5_000 }, () => resolver.status().loadedAt)
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await resolver.close()
  await master.stop()
})

/** A connection, and whether the other side has closed it. */
function open(port: number, localAddress = '127.0.0.1'): Promise<{ socket: Socket; closed: () => boolean }> {
  return new Promise((resolve, reject) => {
    let closed = false
    const socket = connect({ port, host: '127.0.0.1', localAddress }, () =>
      resolve({ socket, closed: () => closed }),
    )
    sockets.push(socket)
    socket.on('error', (error) => (closed ? undefined : reject(error)))
    socket.on('close', () => {
      closed = true
    })
    socket.resume()
  })
}

const framed = (message: Buffer) =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length]), message])
test('one address cannot hold all connections', async () => {
  const held = await Promise.all(Array.from({ length: 300 }, () => open(resolver.port, '127.0.0.3')))
  await until(systemClock, { everyMs: 20, timeoutMs: 5_000 }, () =>
    held.filter(({ closed }) => closed()).length >= 50 ? true : undefined,
  )
  expect(held.filter(({ closed }) => !closed()).length).toBeLessThanOrEqual(250)
  expect((await dig(resolver.port, '+tcp', 'slave.mesos')).rcode).toBe('NOERROR')
  for (const { socket } of held) socket.destroy()
}, 20_000)

test('a client that asks without reading is cut off', async () => {
  const reply = Buffer.alloc(60_000)
  const listener: Listener = listenTcp('127.0.0.1', 0, (_, _client, send) => send(reply))
  const greedy = await open(listener.port)
  greedy.socket.pause()
  const query = framed(encodeQuery(1, { name: 'slave.mesos' }))
  const flood = setInterval(
    () => greedy.socket.write(Buffer.concat(Array.from({ length: 50 }, () => query))),
    20,
  )
  const failed = new Promise<boolean>((resolve) => {
    greedy.socket.on('error', () => resolve(true))
    greedy.socket.on('close', () => resolve(true))
  })
  expect(await Promise.race([failed, systemClock.sleep(9_000).then(() => false)])).toBe(true)
  clearInterval(flood)
  listener.close()
}, 20_000)

test("a client that does not wait for its reply is nobody else's trouble", async () => {
  for (let i = 0; i < 20; i++) {
    const hasty = await Bun.udpSocket({ hostname: '127.0.0.1', port: 0, socket: { error: () => {} } })
    hasty.send(encodeQuery(i, { name: 'slave.mesos' }), resolver.port, '127.0.0.1')
    hasty.close()
  }
  await systemClock.sleep(50)
  expect((await dig(resolver.port, 'slave.mesos')).rcode).toBe('NOERROR')
})

test.each(['127.0.0.9', '127.0.0.4'])('a transfer is refused to %s', async (address) => {
  expect((await dig(resolver.port, '-b', address, '+tcp', 'mesos', 'AXFR')).text).toContain('Transfer failed')
  expect((await dig(resolver.port, '-b', address, 'mesos', 'IXFR=1')).rcode).not.toBe('NOERROR')
})

const source = (name: string) => join(import.meta.dir, '..', '..', 'src', name)

/** A network of its own, where replies to 10.99.0.9 cannot be sent. */
const inside = `
import { listenUdp } from '${source('dns/listen/udp.ts')}'
const listener = await listenUdp('10.99.0.1', 0, (request, client, send) => send(request))
const answered = []
const client = (hostname) => Bun.udpSocket({ hostname, socket: { data: (_, bytes) => void answered.push(bytes.toString()) } })
const forged = await client('10.99.0.9')
const good = await client('10.99.0.2')
for (let round = 0; round < 20; round++) {
  forged.send('forged', listener.port, '10.99.0.1')
  good.send('good ' + round, listener.port, '10.99.0.1')
  forged.send('forged', listener.port, '10.99.0.1')
  if (round % 5 === 0) await Bun.sleep(10)
}
for (let i = 0; i < 200 && answered.length < 20; i++) await Bun.sleep(10)
console.log(JSON.stringify(answered.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))))
process.exit(0)
`

needsRoot('requests from addresses that cannot be reached cost nobody else an answer', async () => {
  const script = `set -e
    ip link set lo up
    for n in 1 2 9; do ip addr add 10.99.0.$n/32 dev lo; done
    ip rule add pref 100 lookup local; ip rule del pref 0
    ip rule add pref 50 from 10.99.0.1 to 10.99.0.9 prohibit
    exec "$0" -e "$1"`
  const run = Bun.spawn(['unshare', '-n', 'sh', '-c', script, process.execPath, inside], {
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' },
  })
  const answered: string[] = JSON.parse(await new Response(run.stdout).text())
  expect(answered).toEqual(Array.from({ length: 20 }, (_, round) => `good ${round}`))
})
