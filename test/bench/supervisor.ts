import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { makePlace, type Place } from '../e2e/machine.ts'

/**
 * Measures how soon a dead program is seen and is back, beside the same program started by hand and beside s6-supervise,
 * and what an idle agent costs. Prints Markdown. `bun test/bench/supervisor.ts [seconds of idling]`
 */
const idleSeconds = Number(process.argv[2] ?? 30)
const rounds = 10
/** Of /proc/pid/stat. */
const ticks = 100

type Service = { pid: number | undefined; state: string; since: number }

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const alive = (pid: number) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

async function waitFor<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const found = await until(systemClock, { everyMs: 2, timeoutMs: 60_000 }, async () => look())
  if (found === undefined) throw new Error(`gave up waiting for ${what}`)
  return found
}

function serviceOf(place: Place, name: string): () => Promise<Service | undefined> {
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${place.ports.api}/v1/services`).catch(() => undefined)
    const all = answer?.ok ? ((await answer.json()) as (Service & { name: string })[]) : []
    return all.find((service) => service.name === name)
  }
}

/** Milliseconds from its death until the agent knows of it, until another runs, and until that is ready. */
async function killedAndBack(place: Place, name: string) {
  const look = serviceOf(place, name)
  const before = await waitFor(`${name} to be ready`, async () => {
    const service = await look()
    return service?.state === 'ready' && service.pid ? service : undefined
  })
  const killed = performance.now()
  process.kill(before.pid ?? 0, 'SIGKILL')
  const seen = await waitFor(`${name} to be missed`, async () =>
    (await look())?.state === 'ready' ? undefined : performance.now(),
  )
  const again = await waitFor(`another ${name}`, async () => {
    const service = await look()
    return service?.pid && service.pid !== before.pid
      ? { at: performance.now(), pid: service.pid }
      : undefined
  })
  const ready = await waitFor(`${name} to be ready again`, async () =>
    (await look())?.state === 'ready' ? performance.now() : undefined,
  )
  return { seen: seen - killed, started: again.at - killed, ready: ready - killed }
}

/** The same command line by hand: milliseconds until it answers. */
async function byHand(argv: string[], url: string): Promise<number> {
  const start = performance.now()
  const child = Bun.spawn(argv, { stdout: 'ignore', stderr: 'ignore' })
  await waitFor('an answer', async () => ((await fetch(url).catch(() => undefined))?.ok ? true : undefined))
  const took = performance.now() - start
  child.kill('SIGKILL')
  await child.exited
  return took
}

/** s6-supervise with a program that writes its pid: milliseconds from a death to the next life. */
async function underS6(dir: string): Promise<number | undefined> {
  if (!Bun.which('s6-supervise')) return undefined
  const service = join(dir, 's6')
  const pidFile = join(dir, 's6.pid')
  mkdirSync(service, { recursive: true })
  writeFileSync(join(service, 'run'), `#!/bin/sh\necho $$ > ${pidFile}\nexec sleep 1000000\n`)
  chmodSync(join(service, 'run'), 0o755)
  const supervisor = Bun.spawn(['s6-supervise', service], { stdout: 'ignore', stderr: 'ignore' })
  const pid = () => {
    try {
      return Number(readFileSync(pidFile, 'utf8')) || undefined
    } catch {
      return undefined
    }
  }
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = await waitFor('the program under s6', () => {
      const now = pid()
      return now && alive(now) ? now : undefined
    })
    // s6 waits out the first second of a life before it starts the next one.
    await Bun.sleep(1100)
    const killed = performance.now()
    process.kill(before, 'SIGKILL')
    await waitFor('its next life', () => {
      const now = pid()
      return now && now !== before && alive(now) ? true : undefined
    })
    times.push(performance.now() - killed)
  }
  supervisor.kill('SIGTERM')
  process.kill(pid() ?? 0, 'SIGKILL')
  await supervisor.exited
  return median(times)
}

function usage(pid: number): { cpuMs: number; switches: number; rss: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) / ticks) * 1000,
    switches: number('voluntary_ctxt_switches'),
    rss: number('VmRSS') / 1024,
  }
}

const place = await makePlace()
try {
  const where = ['--data-dir', place.dataDir]
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const joined = await place.meshbox('join', url, '--simulated', '--config', place.configFile, ...where)
  if (joined.code !== 0) throw new Error(joined.err)
  await place.waitFor('readiness', ({ ready }) => ready)
  const agent = (await place.status())?.machines[0]?.pid ?? 0

  const before = usage(agent)
  await Bun.sleep(idleSeconds * 1000)
  const after = usage(agent)

  const lives: Awaited<ReturnType<typeof killedAndBack>>[] = []
  for (let round = 0; round < rounds; round++) {
    lives.push(await killedAndBack(place, 'marathon'))
    // Longer lives than that count as healthy in neither program; the wait of the first death is measured each time.
    await place.meshbox('service', 'restart', 'marathon', ...where)
  }
  const pid = (await place.pids()).marathon ?? 0
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  await place.meshbox('service', 'stop', 'marathon', ...where)
  const alone: number[] = []
  for (let round = 0; round < 3; round++)
    alone.push(await byHand(argv, `http://127.0.0.1:${place.ports.marathon}/ping`))
  const s6 = await underS6(place.dir)

  const ms = (value: number) => `${Math.round(value)} ms`
  const of = (key: 'seen' | 'started' | 'ready') => median(lives.map((life) => life[key]))
  process.stdout.write(`| a program killed with SIGKILL (median of ${rounds}) | |
| --- | --- |
| seen by the agent after | ${ms(of('seen'))} |
| the next one runs after | ${ms(of('started'))} |
| under s6-supervise the next one runs after | ${s6 === undefined ? 's6 is not installed' : ms(s6)} |
| ready again after | ${ms(of('ready'))} |
| started by hand it is ready after | ${ms(median(alone))} |

| an agent with ZooKeeper, master, agent, Marathon and DNS, idle for ${idleSeconds} s | |
| --- | --- |
| resident memory | ${after.rss.toFixed(0)} MB |
| processor | ${(((after.cpuMs - before.cpuMs) / idleSeconds / 1000) * 100).toFixed(2)} % of a core |
| wake-ups of its main thread | ${((after.switches - before.switches) / idleSeconds).toFixed(1)} a second |\n`)
} finally {
  await place.remove()
}
