import { argv } from 'node:process'
import { z } from 'zod'
import { systemClock } from '../../src/clock.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'

/**
 * `watch.ts HOST…` writes to ZooKeeper by each of its servers, connects to each, asks the masters who leads, and tells in
 * JSON, a line each second, for how long nobody took a write, how many servers were away at once, for how long nobody led,
 * and who led.
 */
const hosts = argv.slice(2)
const everyMs = 50
const root = '/watched'
const metricsSchema = z.record(z.string(), z.number())

const start = systemClock.monotonic()
const written = { at: start, gapMs: 0 }
const led = { at: start, gapMs: 0 }
const leaders: string[] = []

function seen(what: typeof written): void {
  const now = systemClock.monotonic()
  what.gapMs = Math.max(what.gapMs, now - what.at)
  what.at = now
}

async function write(host: string): Promise<void> {
  const session = openSession({ servers: [{ host, port: 2181 }] }, systemClock, silentLog)
  for (;;) {
    try {
      await session.ensure(root)
      await session.write(root, host)
      seen(written)
    } catch {
      // another server may take it
    }
    await systemClock.sleep(everyMs)
  }
}

async function ask(host: string): Promise<void> {
  for (;;) {
    try {
      const answer = await fetch(`http://${host}:5050/metrics/snapshot`, {
        signal: AbortSignal.timeout(1000),
      })
      const metrics = metricsSchema.parse(await answer.json())
      if (metrics['master/elected'] === 1 && 'registrar/registry_size_bytes' in metrics) {
        seen(led)
        if (leaders.at(-1) !== host) leaders.push(host)
      }
    } catch {
      // it does not run now
    }
    await systemClock.sleep(4 * everyMs)
  }
}

const away = new Set<string>()
let mostAway = 0

/** One that elects takes connections too: who refuses them does not run. */
async function knock(host: string): Promise<void> {
  for (;;) {
    try {
      const socket = await Bun.connect({ hostname: host, port: 2181, socket: { data() {} } })
      socket.end()
      away.delete(host)
    } catch {
      away.add(host)
      mostAway = Math.max(mostAway, away.size)
    }
    await systemClock.sleep(everyMs)
  }
}

for (const host of hosts) void Promise.all([write(host), ask(host), knock(host)])
setInterval(() => {
  const now = systemClock.monotonic()
  const gap = ({ at, gapMs }: typeof written) => Math.round(Math.max(gapMs, now - at))
  const noticed = { unwrittenMs: gap(written), mostAway, leaderlessMs: gap(led), leaders }
  process.stdout.write(`${JSON.stringify(noticed)}\n`)
}, 1000)
