import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../../src/agent/problem/problem.ts'
import { problemsOf } from '../../src/agent/problem/whole.ts'
import type { ClusterStatus } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { newKey } from '../gossip/serf.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

setDefaultTimeout(120_000)

const config = `${import.meta.dir}/cluster.yaml`
const root = process.getuid?.() === 0
/** What an operator waits until a fault is shown. */
const foundMs = 10_000

let cluster: TestCluster
let m1: Machine
let m2: Machine
let m3: Machine
let m4: Machine
let url = ''
let keyFile = ''
/** What ran on some machines before. */
let before: (string[] | undefined)[] = []

/** Of no cluster. */
function otherKeyFile(): string {
  const path = join(m1.dataDir, '../other-key')
  writeFileSync(path, `${newKey()}\n`, { mode: 0o600 })
  return path
}

beforeAll(async () => {
  if (!root) return
  cluster = await makeCluster(4, { diskMb: 400, clocks: true })
  ;[m1, m2, m3, m4] = cluster.machines as [Machine, Machine, Machine, Machine]
  url = `zk://${[m1, m2, m3].map(({ address }) => address).join(',')}/mesos`
  keyFile = join(m1.dataDir, '../key')
  writeFileSync(keyFile, `${newKey()}\n`, { mode: 0o600 })
  for (const result of await Promise.all([m1, m2, m3].map((machine) => joins(machine))))
    expect(result).toMatchObject({ code: 0 })
})
afterAll(() => cluster?.remove())

const joins = (machine: Machine, to = url, ...more: string[]) =>
  machine.meshbox(
    ...['join', to, '--simulated', '--name', machine.name, '--config', config, '--key-file', keyFile],
    ...more,
  )

async function run(machine: Machine, ...argv: string[]): Promise<string> {
  const result = await machine.meshbox(...argv)
  expect({ argv, ...result }).toMatchObject({ code: 0 })
  return result.out
}

/** Types what is shown, as it is shown: where the agent keeps its files is part of it. */
async function type(machine: Machine, command: string): Promise<string> {
  const result = await machine.shell(`meshbox() { ${machine.binary} "$@"; }; ${command}`)
  expect({ command, ...result }).toMatchObject({ code: 0 })
  return result.out
}

/** Its programs, by their pids. */
const programsOf = async (machine: Machine) =>
  (await machine.status())?.machines[0]?.services.map(({ name, pid }) => `${name} ${pid}`).sort()

/** The agent begins anew with another key than the one of its cluster. */
async function loseKey(machine: Machine): Promise<void> {
  await machine.killAgent()
  const ring = { generation: 0, keys: [newKey()] }
  writeFileSync(`${machine.dataDir}/state/keyring`, JSON.stringify(ring), { mode: 0o600 })
  await run(machine, 'doctor', '--fix').catch(() => {})
}

/** What a controller remembers becomes unreadable, and comes back by the command that is shown. */
async function forgetAll(machine: Machine): Promise<void> {
  const programs = await programsOf(machine)
  await machine.killAgent()
  const memory = join(machine.dataDir, 'state/meshbox.db')
  for (const file of [`${memory}-wal`, `${memory}-shm`]) rmSync(file, { force: true })
  writeFileSync(memory, 'rubbish'.repeat(1000))
  const [status, doctor] = [await machine.meshbox('status'), await machine.meshbox('doctor')]
  expect(status).toMatchObject({ code: 3, err: expect.stringContaining('meshbox doctor --fix') })
  expect(doctor).toMatchObject({ code: 5, out: expect.stringContaining('file is not a database') })
  await machine.meshbox('doctor', '--fix')
  await machine.waitFor('readiness', ({ ready }) => ready)
  expect(await programsOf(machine)).toEqual(programs)
}

type Fault = {
  name: string
  /** Where it is looked at. */
  on: () => Machine
  bring: () => Promise<unknown>
  what: RegExp
  why: RegExp
  command: RegExp
  /** With what is to be typed. */
  heal: (problem: Problem) => Promise<unknown>
  /** It goes away by itself, later. */
  later?: true
}

const faults: Fault[] = [
  {
    name: 'wrong URL',
    on: () => m4,
    bring: () => joins(m4, `zk://${m1.address}:2999/mesos`, '--timeout', '1'),
    what: /^the ZooKeeper URL leads nowhere$/,
    why: /nobody serves at zk:\/\/.*:2999\/mesos/,
    command: /^meshbox join 10\.\d+\.\d+\.\d+ --data-dir \S+$/,
    async heal({ command }) {
      // A URL that leads nowhere either changes nothing.
      expect(await m4.meshbox('join', m1.address, '--key-file', otherKeyFile())).toMatchObject({ code: 1 })
      expect((await m4.status())?.cluster.zookeeper.url).toContain(':2999/')
      await type(m4, command)
    },
  },
  {
    name: 'wrong key',
    on: () => m3,
    async bring() {
      before = await Promise.all([m3, m4].map(programsOf))
      await Promise.all([m3, m4].map(loseKey))
    },
    what: /^this machine does not have the key of its cluster$/,
    why: /key/,
    command: /^meshbox join zk:\S+ --key-file FILE --data-dir \S+$/,
    async heal({ command }) {
      const refused = await m3.shell(command.replace('FILE', otherKeyFile()))
      expect(refused.err).toContain(
        'cannot take another key: the ZooKeeper belongs to a cluster with another',
      )
      const token = (await run(m1, 'token', 'create')).trim()
      await Promise.all([
        type(m3, command.replace('FILE', keyFile)),
        type(m4, command.replace('--key-file FILE', `--token ${token}`).replace(m3.dataDir, m4.dataDir)),
      ])
      // A key is for the agent alone: a vote and tasks have gone on.
      expect(await Promise.all([m3, m4].map(programsOf))).toEqual(before)
    },
  },
  {
    name: 'clock off by 5 s',
    on: () => m4,
    bring: async () => m4.jumpClock(5),
    what: /^the clock of this machine is 5\.0 s ahead$/,
    why: /m1, m2, m3/,
    command: /^(timedatectl|systemctl|chronyc|service|apt-get|date) /,
    // The clock of a test machine is one of its own, which no time server sets.
    heal: async () => m4.jumpClock(0),
  },
  {
    name: 'port taken',
    on: () => m4,
    async bring() {
      await run(m4, 'service', 'stop', 'mesos-agent')
      void m4.run('python3', '-m', 'http.server', '5051', '--bind', m4.address)
      const there = await until(systemClock, { everyMs: 100, timeoutMs: 10_000 }, async () =>
        (await m4.run('ss', '-ltn')).out.includes(':5051 ') ? true : undefined,
      )
      expect(there).toBe(true)
      expect(await m4.meshbox('service', 'start', 'mesos-agent')).toMatchObject({ code: 1 })
    },
    what: /^port 5051 is taken$/,
    why: /^python3 \(pid \d+\) listens where mesos-agent has to/,
    command: /^kill \d+ && meshbox service start mesos-agent --data-dir \S+$/,
    async heal({ command }) {
      await type(m4, command)
      await m4.waitFor('its mesos-agent', ({ ready }) => ready)
    },
  },
  {
    name: 'full disk',
    on: () => m4,
    bring: async () => m4.fillDisk(),
    what: /^the disk of .* is full$/,
    why: /^0 MB of 400 MB left: .*meshbox has nothing to spare on it/,
    command: /^du -xaht 1M \S+ \| sort -h \| tail -n 20$/,
    async heal({ command }) {
      expect(await type(m4, command)).toContain('/filler')
      // Here it is an old archive that fills it, from which nothing runs any more.
      const spare = join(m4.dataDir, 'state/packages/mesos-agent/0123456789ab')
      mkdirSync(spare, { recursive: true })
      renameSync(join(m4.dataDir, 'filler'), join(spare, 'mesos'))
      const own = await until(systemClock, { everyMs: 200, timeoutMs: 15_000 }, () =>
        problemLike(m4, /^the disk of .* is full$/, /MB of it are archives and packages that nothing uses/),
      )
      expect(own).toMatchObject({ command: `meshbox doctor --fix --data-dir ${m4.dataDir}` })
      await m4.shell(own?.command ?? '')
    },
  },
  {
    name: 'invalid document',
    on: () => m1,
    async bring() {
      const script = [
        process.execPath,
        `${import.meta.dir}/scribble.ts`,
        m1.address,
        keyFile,
        'dns: { ttl: many }',
      ]
      expect(await m1.run(...script)).toMatchObject({ code: 0 })
    },
    what: /^the newest document is not applied$/,
    why: /dns\.ttl/,
    command: /^meshbox config rollback \d+ --data-dir \S+$/,
    heal: ({ command }) => type(m1, command),
  },
  {
    name: 'a halted rollout',
    on: () => m2,
    async bring() {
      await run(m1, 'config', 'set', 'mesos.master.extraFlags={"no_such_flag":"x"}')
      await m1.meshbox('rollout', 'status', '--wait', '--timeout', '60')
    },
    what: /^the rollout of version \d+ of the document has halted$/,
    why: /mesos-master does not run/,
    command: /^meshbox config rollback \d+ --data-dir \S+$/,
    heal: ({ command }) => type(m2, command),
  },
  {
    name: 'stale DNS',
    on: () => m1,
    bring: () => Promise.all([m1, m2, m3].map((each) => run(each, 'service', 'stop', 'mesos-master'))),
    what: /^DNS is stale$/,
    why: /mesos-master is stopped on m1, m2, m3, and 2 of 3 have to run; it answers what was true before/,
    command: /^meshbox service start mesos-master --everywhere --data-dir \S+$/,
    heal: ({ command }) => type(m1, command),
  },
  {
    name: 'crash loop of the agent',
    on: () => m4,
    async bring() {
      for (let time = 0; time < 3; time++) {
        await m4.killAgent()
        await m4.meshbox('doctor', '--fix')
      }
    },
    what: /^the agent of this machine does not stay up$/,
    why: /^it ended \d times within \d minutes?,? ?.*without a last word, as by SIGKILL/,
    command: /^meshbox logs meshbox --data-dir \S+$/,
    async heal({ command }) {
      await type(m4, command)
      await forgetAll(m3)
    },
    later: true,
  },
  {
    name: 'ZooKeeper without majority',
    on: () => m1,
    bring: () => Promise.all([m2.powerOff(), m3.powerOff()]),
    what: /^ZooKeeper has no majority$/,
    why: /m2, m3 do not answer/,
    command: /^meshbox doctor --fix$/,
    async heal({ machine, command }) {
      expect(machine).toBe('m2')
      await m2.meshbox(...command.split(' ').slice(1))
    },
  },
]

const pageOf = async (machine: Machine) =>
  (await fetch('http://meshbox/', { unix: join(machine.dataDir, 'meshbox.sock') })).text().then((html) =>
    html
      .replace(/<[^>]*>/g, '')
      .replaceAll('&#39;', "'")
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
  )

async function problemLike(machine: Machine, what: RegExp, why = /^/): Promise<Problem | undefined> {
  try {
    const answer = await fetch('http://meshbox/v1/cluster', { unix: join(machine.dataDir, 'meshbox.sock') })
    const found = problemsOf((await answer.json()) as ClusterStatus).find((problem) =>
      what.test(problem.what),
    )
    return found && why.test(found.why) ? found : undefined
  } catch {
    return undefined
  }
}

/** What of the problem is not shown, and where. */
async function missingIn(machine: Machine, { what, why, command }: Problem) {
  const [status, doctor, page] = await Promise.all([
    machine.meshbox('status').then(({ out }) => out),
    machine.meshbox('doctor').then(({ out }) => out),
    pageOf(machine),
  ])
  return Object.entries({ status, doctor, page }).flatMap(([shown, text]) => {
    const flat = flatOf(text)
    return [what, why, command ?? '']
      .filter((words) => !flat.includes(flatOf(words)))
      .map((words) => ({ shown, words, flat }))
  })
}

/** However its lines are broken; the page has commands in a type of their own. */
const flatOf = (text: string) => text.replaceAll('`', '').replace(/\s+/g, ' ')

describe('is found by status, the doctor and the page, with its cause and what mends it', () => {
  for (const { name, on, bring, what, why, command, heal, later } of faults)
    needsRoot(name, async () => {
      const machine = on()
      await bring()
      const began = performance.now()
      let found: Problem | undefined
      let tookMs = Infinity
      let missing: unknown[] = []
      // Each is asked at another moment, and the cause may become another one in between.
      await until(systemClock, { everyMs: 200, timeoutMs: 15_000 }, async () => {
        found = (await problemLike(machine, what, why)) ?? found
        if (!found) return undefined
        if (tookMs === Infinity) tookMs = performance.now() - began
        missing = await missingIn(machine, found)
        return missing.length === 0 || undefined
      })
      expect({ name, found: found !== undefined, status: await machine.status() }).toMatchObject({
        found: true,
      })
      if (!found) return
      expect(found.command).toMatch(command)
      expect({ name, missing }).toEqual({ name, missing: [] })
      expect({ name, tookMs, inTime: tookMs < foundMs }).toMatchObject({ inTime: true })
      await heal(found)
      if (later) return
      const healed = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () =>
        (await problemLike(machine, what)) === undefined && (await machine.status()) ? true : undefined,
      )
      expect({ name, healed }).toMatchObject({ healed: true })
    })
})

test('docs/troubleshooting.md has each of them, in the words that are shown', () => {
  const text = readFileSync(join(import.meta.dir, '../../docs/troubleshooting.md'), 'utf8')
  const shown = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, words = '']) => words)
  for (const { name, what } of faults)
    expect([name, shown.some((words) => what.test(words))]).toEqual([name, true])
})
