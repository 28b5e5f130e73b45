import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock, until } from '../../clock.ts'
import type { Cluster, EnsembleServer } from '../../config/document/cluster.ts'
import type { Server } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import { openStore } from '../../store.ts'
import { serverList } from '../../supervisor/program/zookeeper.ts'
import type { Member } from '../gossip/gossip.ts'
import { type Memory, openMemory } from '../local/memory.ts'
import { openPlace, type Place } from '../place.ts'
import { diskRequestSchema } from './disks.ts'
import { openRecovery, type Recovery, type RecoveryDeps } from './recover.ts'

/** Time goes fast, but for what a machine waits for itself. */
const faster = 100
const clock: Clock = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * faster,
  sleep: (ms, signal) => systemClock.sleep(ms / faster, signal),
  after: (ms, run) => systemClock.after(ms / faster, run),
}

const servers: EnsembleServer[] = [1, 2, 3, 4, 5].map((id) => ({
  ...{ id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
}))
const born = { id: crypto.randomUUID(), simulated: true, bornAt: '2026-01-01T00:00:00.000Z', servers }

/** A step at which an agent may be killed. */
type Step = (name: string) => Promise<void>

/** A machine: its disk, which stays, and what runs on it. */
type Box = {
  id: number
  dir: string
  memory: Memory
  place: Place
  /** Whether it is there for the others. */
  on: boolean
  agent: Recovery | undefined
  zookeeper: boolean
  master: boolean
  /** The record of the cluster as it has seen it last. */
  known: Cluster
  /** What stands in ZooKeeper, as its disk has it. */
  znodes: Record<string, { text: string; version: number }>
  /** Where an agent ends; not at all when undefined. */
  killAt: number | undefined
  steps: string[]
  kill(): void
}

let dir: string
let boxes: Box[]
/** Pairs of machines that do not reach each other. */
let cut: [number, number][]
/** Whether gossip misses a machine as soon as its agent is gone. */
let isMissed: boolean
/** Whatever was served to anybody, as the ids of an ensemble. */
let served: Set<string>

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshbox-recover-'))
  cut = []
  isMissed = false
  served = new Set()
  boxes = servers.map(newBox)
})
afterEach(() => {
  for (const { agent } of boxes) agent?.stop()
  rmSync(dir, { recursive: true })
})

/** A controller as it was when the majority was lost. */
function newBox({ id, host }: EnsembleServer): Box {
  const memory = openMemory(openStore(':memory:'))
  const home = join(dir, `m${id}`)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(join(home, 'zookeeper/data/version-2'), { recursive: true })
  mkdirSync(join(home, 'zookeeper/conf'))
  writeFileSync(join(home, 'zookeeper/data/version-2/snapshot.100000005'), '')
  writeFileSync(join(home, 'zookeeper/conf/zoo.cfg.dynamic'), serverList(servers, false))
  memory.remember('ensemble', {
    ...{ kind: 'managed', cluster: born, address: host, founder: false, firstLog: false },
  })
  return {
    ...{ id, dir: home, memory, place: placeOf(id, memory), on: true, agent: undefined },
    ...{ zookeeper: false, master: false, killAt: undefined, steps: [], known: born, kill() {} },
    znodes: { '/c': { text: JSON.stringify(born), version: 7 } },
  }
}

function placeOf(id: number, memory: Memory): Place {
  const ensemble = memory.recall('ensemble')
  if (!ensemble) throw new Error('no ensemble')
  return openPlace({ memory, name: `m${id}`, address: `10.0.0.${id}`, alone: false, ensemble })
}

function box(id: number): Box {
  const found = boxes[id - 1]
  if (!found) throw new Error(`no machine ${id}`)
  return found
}

/** The ids of the servers by which a ZooKeeper runs. */
function listOf({ dir }: Box): number[] {
  const text = readFileSync(join(dir, 'zookeeper/conf/zoo.cfg.dynamic'), 'utf8')
  return [...text.matchAll(/^server\.(\d+)=/gm)].map(([, id]) => Number(id))
}

const reach = (a: number, b: number) =>
  box(b).on && !cut.some(([one, other]) => (one === a && other === b) || (one === b && other === a))

const isAlive = (a: number, b: number) => reach(a, b) && !(isMissed && !box(b).agent)

/** An empty disk never votes. */
const votes = ({ on, zookeeper, dir }: Box) =>
  on && zookeeper && existsSync(join(dir, 'zookeeper/data/version-2'))

/** The ensembles that serve, each by the machines that make it. */
function ensembles(): Box[][] {
  const lists = new Set(boxes.map((each) => listOf(each).join()))
  return [...lists].flatMap((list) => {
    const voters = boxes.filter((each) => votes(each) && listOf(each).join() === list)
    if (voters.length <= list.split(',').length / 2) return []
    served.add(list)
    return [voters]
  })
}

/** Which of them a session of this machine is in touch with; of that one server, where it is to it alone. */
function ensembleOf(id: number, only?: number): Box[] | undefined {
  return ensembles().find((voters) =>
    voters.some((voter) => reach(id, voter.id) && (only === undefined || voter.id === only)),
  )
}

const lost = () => new MeshboxError({ code: 'zk-connection-loss', message: 'no server answers' })

/** A ZooKeeper needs a while to begin. */
function apply(of: Box): void {
  const may = () => of.place.controller() && !of.place.halted().includes('zookeeper')
  if (of.agent && may() && !of.zookeeper)
    setTimeout(() => {
      of.zookeeper = may()
    }, 20)
  else of.zookeeper = may()
  of.master = of.place.controller() && !of.place.halted().includes('mesos-master')
}

/** As `settle` of the driver does it on a machine that sees the record. */
function settle(): void {
  for (const each of boxes.filter(({ on, agent }) => on && agent)) {
    const [voter] = ensembleOf(each.id) ?? []
    const cluster: Cluster | undefined = voter && JSON.parse(voter.znodes['/c']?.text ?? '')
    if (!cluster?.servers || !each.place.isUnlisted(cluster)) continue
    each.place.retire(cluster.servers)
    apply(each)
  }
}

/** A life of the agent: once it is killed nothing that it has begun goes on. */
function start(id: number): Recovery {
  const of = box(id)
  of.agent?.stop()
  of.place = placeOf(id, of.memory)
  let dead = false
  let count = 0
  const killed = new Promise<never>(() => {})
  const step: Step = async (name) => {
    if (dead) await killed
    of.steps.push(name)
    if (of.killAt !== count++) return
    of.kill()
    await killed
  }
  of.kill = () => {
    dead = true
    of.agent?.stop()
    of.agent = undefined
  }
  const { place } = of
  const session = (only?: number) => ({
    state: () => (!dead && ensembleOf(id, only) ? 'connected' : 'suspended'),
    useServers() {},
    async read(path: string) {
      await step(`read ${path}`)
      const voters = ensembleOf(id, only)
      const node = voters?.[0]?.znodes[path]
      if (!voters || (!node && path === '/c')) throw lost()
      const first = voters[0]
      if (path === '/zookeeper/config' && first)
        return {
          data: Buffer.from(
            `${serverList(
              servers.filter((server) => listOf(first).includes(server.id)),
              false,
            )}version=1`,
          ),
          version: -1,
        }
      return node && { data: Buffer.from(node.text), version: node.version }
    },
    async write(path: string, text: string, version?: number) {
      await step(`write ${path}`)
      const voters = ensembleOf(id, only)
      if (!voters) throw lost()
      // Its master is about to run by a quorum of one.
      const others = boxes.filter((each) => each.id !== id && reach(id, each.id))
      expect(others.filter(({ master }) => master).map((each) => each.id)).toEqual([])
      for (const { znodes } of voters) {
        expect(version).toBe(znodes[path]?.version)
        znodes[path] = { text, version: (version ?? 0) + 1 }
      }
      return 0
    },
    close: async () => {},
  })
  const deps = {
    place: {
      ...place,
      recover(...given: Parameters<Place['recover']>) {
        if (!dead) place.recover(...given)
      },
      follow(...given: Parameters<Place['follow']>) {
        if (!dead) place.follow(...given)
      },
    },
    session: session(),
    sessionTo: ({ id: only }: EnsembleServer) => session(only),
    rolloutsAt: () => ({ change: () => step('end the change').then(() => undefined), stop() {} }),
    rollouts: { seen: () => undefined },
    clusterPath: '/c',
    cluster() {
      const text = ensembleOf(id)?.[0]?.znodes['/c']?.text
      if (text && !dead) of.known = JSON.parse(text)
      return of.known
    },
    members: () =>
      servers.map(({ id: other, host }) => ({
        ...{ name: `m${other}`, address: host, status: isAlive(id, other) ? 'alive' : 'failed' },
        tags: { api: '7947' },
      })) as unknown as Member[],
    async ask(address: string, { body }: { body: unknown }) {
      await step(`ask ${address}`)
      const other = boxes.find(({ id: each }) => address === `10.0.0.${each}`)
      if (!other?.agent || !reach(id, other.id)) throw new TypeError('fetch failed')
      const told = await other.agent.tell(diskRequestSchema.parse(body))
      await step(`answer of ${address}`)
      return told
    },
    supervisor: {
      status: () =>
        [of.zookeeper && { name: 'zookeeper' }, of.master && { name: 'mesos-master' }].filter(Boolean),
    },
    async listens({ host, port }: Server) {
      await step(`look at ${host}:${port}`)
      const other = box(Number(host.split('.').at(-1)))
      const listens = { 2181: other.zookeeper, 5050: other.master, 7947: other.agent !== undefined }[port]
      return listens && (other === of || reach(id, other.id))
    },
    planner: { move: () => ({ step: 0, isApplied: () => true, keep() {}, takeBack() {} }) },
    changed() {
      if (!dead) apply(of)
    },
    config: () => ({ mesos: { master: { port: 5050 } } }),
    listen: () => undefined,
    ...{ dataDir: of.dir, clock, log: silentLog },
  } as unknown as RecoveryDeps
  apply(of)
  of.agent = openRecovery(deps)
  return of.agent
}

/** These machines are there, and no others. */
function only(...ids: number[]): void {
  for (const each of boxes) {
    each.on = ids.includes(each.id)
    if (each.on) start(each.id)
  }
}

async function over(agent: Recovery | undefined): Promise<void> {
  const ended = await until(systemClock, { everyMs: 2, timeoutMs: 8000 }, () =>
    agent?.report().state === 'running' ? undefined : true,
  )
  expect(ended).toBe(true)
}

/** What became of it. */
async function recover(id: number, gone = false): Promise<string> {
  const { agent } = box(id)
  agent?.begin(gone)
  await over(agent)
  const { state, failure } = agent?.report() ?? {}
  return failure?.message ?? state ?? 'no agent'
}

const recorded = (id: number) =>
  (JSON.parse(box(id).znodes['/c']?.text ?? '') as typeof born).servers.map((server) => server.id)
const copies = ({ dir }: Box) => readdirSync(dir).filter((name) => name.startsWith('zookeeper.'))

test('one disk becomes the ensemble once the others have promised, and they are workers when they see it', async () => {
  only(1, 2)
  expect(await recover(1)).toBe('done')
  expect(box(1).agent?.report()).toMatchObject({
    kept: [1, 2].map((id) => `m${id}:${join(dir, `m${id}`)}/zookeeper.kept-100000005`),
    unreached: ['m3', 'm4', 'm5'],
  })
  expect([recorded(1), recorded(2)]).toEqual([[1], [1, 2, 3, 4, 5]])
  // Its own master runs by a quorum of one, and no other beside it.
  expect(boxes.map(({ zookeeper, master }) => [zookeeper, master]).slice(0, 2)).toEqual([
    [true, true],
    [false, false],
  ])
  settle()
  expect([box(2).place.controller(), box(2).place.recovery()]).toEqual([false, undefined])
  expect([...served]).toEqual(['1'])
})

test.each([
  ['reach', []],
  ['do not reach', [[1, 2]]],
] as [string, [number, number][]][])(
  'of two at once that %s each other one at most goes on',
  async (_, apart) => {
    rmSync(join(box(3).dir, 'zookeeper/data/version-2'), { recursive: true })
    only(1, 2, 3)
    cut = apart
    const ended = await Promise.all([recover(1), recover(2)])
    expect(ended.filter((each) => each === 'done').length).toBeLessThan(2)
    ensembles()
    for (const each of ended)
      expect(each).toMatch(/^done$|are being recovered from m[12] already|ZooKeeper serves/)
    expect([...served].filter((list) => list !== '1,2,3,4,5').length).toBeLessThan(2)
    // What nobody goes on with binds nobody.
    const isFree = () => box(3).zookeeper || ended.includes('done') || undefined
    expect(await until(systemClock, { everyMs: 2, timeoutMs: 2000 }, isFree)).toBe(true)
  },
)

test('killed at any step, the same command goes on, and there is never a second ensemble', async () => {
  only(1, 2)
  box(1).steps = []
  expect(await recover(1)).toBe('done')
  const { steps } = box(1)
  expect(steps).toContain('write /c')
  for (let at = 0; at < steps.length; at++) {
    for (const { agent } of boxes) agent?.stop()
    boxes = servers.map(newBox)
    served.clear()
    box(1).killAt = at
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    const ended = await until(systemClock, { everyMs: 2, timeoutMs: 8000 }, () =>
      box(1).agent === undefined || agent?.report().state !== 'running' ? true : undefined,
    )
    expect([steps[at], ended]).toEqual([steps[at], true])
    box(1).killAt = undefined
    start(1)
    // Another machine may not take what this one has begun for its own.
    if (box(1).place.recovery()?.state === 'alone')
      expect([steps[at], await recover(2)]).toEqual([steps[at], expect.stringContaining('from m1')])
    const again = await recover(1)
    expect([steps[at], again]).toEqual([steps[at], expect.stringMatching(/^done$|ZooKeeper serves/)])
    expect([steps[at], recorded(1), box(1).master]).toEqual([steps[at], [1], true])
    settle()
    expect([steps[at], box(2).place.controller()]).toEqual([steps[at], false])
    expect([steps[at], [...served]]).toEqual([steps[at], ['1']])
  }
}, 60_000)

describe('it is refused, and all runs as before,', () => {
  afterEach(() => {
    for (const each of boxes.filter(({ on }) => on))
      expect([each.id, recorded(each.id), listOf(each).length]).toEqual([each.id, [1, 2, 3, 4, 5], 5])
  })
  const runAgain = (...ids: number[]) =>
    until(systemClock, { everyMs: 2, timeoutMs: 4000 }, () =>
      ids.every((id) => box(id).zookeeper && box(id).master) ? true : undefined,
    )

  test('when the majority is back before the end', async () => {
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    await until(systemClock, { everyMs: 1, timeoutMs: 4000 }, () => (box(2).zookeeper ? undefined : true))
    for (const id of [3, 4, 5]) {
      box(id).on = true
      start(id)
    }
    await over(agent)
    expect(agent?.report().failure?.message).toMatch(/ZooKeeper serves|are a majority/)
    expect(await runAgain(1, 2)).toBe(true)
    expect([...served]).toEqual(['1,2,3,4,5'])
  })

  test('when one that is reached cannot keep a copy, or this one cannot', async () => {
    only(1, 2)
    for (const [id, why] of [
      [2, 'm2: '],
      [1, 'cp'],
    ] as const) {
      // Nor can be written down that it is over.
      const { memory } = box(1)
      const { remember } = memory
      memory.remember = (topic, value) => {
        if (JSON.stringify(value).includes('withdrawn')) throw new Error('the disk is full')
        remember(topic, value)
      }
      const odd = join(box(id).dir, 'zookeeper/data/version-2/odd')
      Bun.spawnSync(['mkfifo', odd])
      expect(await recover(1)).toMatch(why)
      expect(await runAgain(1, 2)).toBe(true)
      rmSync(odd)
      expect(copies(box(id))).toEqual([])
      for (const name of copies(box(1))) rmSync(join(box(1).dir, name), { recursive: true })
    }
  })

  test('when one that is not reached runs its ZooKeeper all the same, or gossip finds it alive', async () => {
    only(1, 2)
    box(2).kill()
    expect(await recover(1)).toContain('m2: it does not answer, and gossip finds it alive')
    isMissed = true
    expect(await recover(1)).toContain('m2: its agent does not answer, and its ZooKeeper runs')
  })

  test('when those that hold data are a majority', async () => {
    only(1, 2, 3)
    cut = [[2, 3]]
    expect(await recover(1)).toMatch(/ZooKeeper serves|are a majority, and hold data/)
  })
})

test('a machine promises nothing to one that does not ask for it, and nothing while ZooKeeper serves', async () => {
  only(1, 2)
  const promise = { id: 'x', from: { name: 'm1', address: '10.0.0.1' }, gone: true }
  expect(box(2).agent?.tell({ cluster: born.id, promise })).rejects.toThrow('m1 does not ask for it')
  only(1, 2, 3)
  expect(box(2).agent?.tell({ cluster: born.id, promise })).rejects.toThrow('ZooKeeper serves')
  expect(existsSync(`${box(2).dir}/zookeeper.kept-100000005`)).toBe(false)
})

describe('a promise to a machine that is gone', () => {
  async function promised(): Promise<void> {
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    await until(systemClock, { everyMs: 1, timeoutMs: 4000 }, () =>
      box(2).place.recovery() ? true : undefined,
    )
    box(1).kill()
    box(1).on = false
    box(1).zookeeper = false
  }

  test('stands until an operator says that it is off for good', async () => {
    await promised()
    expect(await recover(2)).toContain('m1 does not answer')
    expect(await recover(2, true)).toBe('done')
    expect(recorded(2)).toEqual([2])
  })

  test('ends where the others make a majority again without it', async () => {
    await promised()
    for (const id of [3, 4, 5]) {
      box(id).on = true
      start(id)
    }
    const runs = await until(
      systemClock,
      { everyMs: 2, timeoutMs: 4000 },
      () => box(2).zookeeper || undefined,
    )
    expect(runs).toBe(true)
    expect([...served]).toEqual(['1,2,3,4,5'])
  })
})
