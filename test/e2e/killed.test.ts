import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { piecesOf } from '../../src/supervisor/log/pieces.ts'
import type { ServiceStatus } from '../../src/supervisor/service/spec.ts'
import { randomFrom, seed, whole } from '../gossip/seed.ts'
import { binary, makePlace, type Place, processesOf } from './machine.ts'

const rounds = process.env.MESHBOX_LONG ? 100 : 10

setDefaultTimeout(rounds * 20_000 + 60_000)

let place: Place

beforeEach(async () => {
  place = await makePlace()
})
afterEach(() => place.remove())

const names = ['zookeeper', 'mesos-master', 'mesos-agent', 'marathon'] as const
type Name = (typeof names)[number]

/** What is on the command line of each, and of nothing that it starts. */
const words: Record<Name, string> = {
  zookeeper: 'QuorumPeerMain',
  'mesos-master': '\0simulated\0mesos-master\0',
  'mesos-agent': '\0simulated\0mesos-agent\0',
  marathon: '\0simulated\0marathon\0',
}

const commandOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The living copies of each program. */
function copies(): Record<Name, number[]> {
  const all = processesOf(place.dataDir)
  return Object.fromEntries(
    names.map((name) => [name, all.filter((pid) => commandOf(pid).includes(words[name]))]),
  ) as Record<Name, number[]>
}

/** How often meshbox itself has ended it. */
function stopsOf(name: Name): number {
  const words = readFileSync(join(place.dataDir, 'log/meshbox.log'), 'utf8').split('\n')
  return words.filter((line) => line.includes(`"service":"${name}"`) && line.includes('"state":"stopping"'))
    .length
}

async function services(): Promise<ServiceStatus[]> {
  const answer = await fetch(`http://127.0.0.1:${place.ports.api}/v1/services`).catch(() => undefined)
  return answer?.ok ? ((await answer.json()) as ServiceStatus[]) : []
}

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const found = await until(
    systemClock,
    { everyMs: 50, timeoutMs: 60_000 },
    async () => (await check()) || undefined,
  )
  if (!found) throw new Error(`gave up waiting for ${what}: ${JSON.stringify(await services())}`)
}

/** An agent that knows all that runs: nothing is left that is not its own, and it has started what should run. */
async function startAgent(): Promise<Bun.Subprocess> {
  const agent = Bun.spawn([binary, 'agent', '--data-dir', place.dataDir], {
    stdout: 'ignore',
    stderr: 'ignore',
  })
  await eventually('the agent', async () => {
    const [known, running] = [await services(), copies()]
    return names.every((name) => {
      const service = known.find((one) => one.name === name)
      return service && running[name].every((pid) => pid === service.pid)
    })
  })
  return agent
}

/** Numbered lines of a kilobyte as a program writes them: by one call each, to the end of its file. */
function openLines(file: string): { write(count: number): void; written(): number } {
  const output = openSync(file, 'a')
  let next = 0
  const filling = '.'.repeat(1000)
  return {
    write(count) {
      const to = next + count
      for (; next < to; next++) writeSync(output, `numbered ${next} ${filling}\n`)
    },
    written: () => next,
  }
}

test(`meshbox is killed at ${rounds} random moments (seed ${seed}) while programs start, stop, start anew and their logs are rotated`, async () => {
  const random = randomFrom(seed)
  const where = ['--data-dir', place.dataDir]
  const config = readFileSync(place.configFile, 'utf8').replace('zookeeper: {', 'zookeeper: { tickTime: 500,')
  writeFileSync(place.configFile, config.replace('master: {', 'master: { zk_session_timeout: 2secs,'))
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const joined = await place.meshbox('join', url, '--simulated', '--config', place.configFile, ...where)
  expect(joined).toMatchObject({ code: 0 })
  const first = (await place.status())?.machines[0]?.pid ?? 0
  process.kill(first, 'SIGKILL')
  await eventually('its end', async () => !existsSync(`/proc/${first}`) || commandOf(first) === '')

  const file = join(place.dataDir, 'log/marathon.log')
  const lines = openLines(file)
  let agent = await startAgent()
  for (let round = 0; round < rounds; round++) {
    const name = names[whole(random, names.length)] ?? 'marathon'
    const before = copies()
    const stops = Object.fromEntries(names.map((each) => [each, stopsOf(each)]))
    const deeds: (() => Promise<unknown>)[] = [
      () => place.meshbox('service', 'restart', name, ...where),
      () => place.meshbox('service', 'stop', name, ...where),
      () => place.meshbox('service', 'start', '--all', ...where),
      async () => Bun.spawnSync(['kill', '-KILL', ...before[name].map(String)], { stderr: 'ignore' }),
    ]
    const deed = deeds[whole(random, deeds.length)]?.()
    lines.write(6_000)
    await systemClock.sleep(random() * 700)
    agent.kill('SIGKILL')
    await Promise.all([agent.exited, deed])

    const left = copies()
    for (const each of names) {
      expect({ round, each, copies: left[each].length <= 1 }).toEqual({ round, each, copies: true })
      // Nobody has asked for an end of those: each goes on, or has ended by itself, as Marathon does without ZooKeeper.
      const [pid] = before[each]
      if (each === name || pid === undefined || left[each].includes(pid)) continue
      expect({ round, each, stopped: stopsOf(each) }).toEqual({ round, each, stopped: stops[each] ?? 0 })
    }
    agent = await startAgent()
  }

  expect(await place.meshbox('service', 'start', '--all', ...where)).toMatchObject({ code: 0 })
  await eventually('readiness', async () => (await services()).every(({ state }) => state === 'ready'))
  const running = copies()
  for (const { name, pid } of await services())
    expect({ name, pids: running[name as Name] }).toEqual({ name, pids: [pid ?? 0] })

  // None of the agents before may have lived long enough to look at the logs.
  await eventually('a rotation', async () => piecesOf(file).length > 0)
  agent.kill('SIGTERM')
  await agent.exited
  const text = [...piecesOf(file).reverse(), file].map((path) => readFileSync(path, 'utf8')).join('')
  const numbers = [...text.matchAll(/^numbered (\d+) \.{1000}$/gm)].map(([, number]) => Number(number))
  expect(numbers.at(-1)).toBe(lines.written() - 1)
  expect(numbers.findIndex((number, index) => number !== (numbers[0] ?? 0) + index)).toBe(-1)
  const store = new Database(join(place.dataDir, 'state/meshbox.db'), { readonly: true })
  expect(store.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  store.close()
})
