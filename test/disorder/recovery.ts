import { afterEach, beforeEach, expect } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskRequestSchema } from '../../src/agent/controllers/disks.ts'
import { recoveryTag } from '../../src/agent/controllers/left-out.ts'
import { openRecovery, type Recovery, type RecoveryDeps } from '../../src/agent/controllers/recover.ts'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { type Memory, openMemory } from '../../src/agent/local/memory.ts'
import { openPlace, type Place } from '../../src/agent/place.ts'
import { type Clock, systemClock, until } from '../../src/clock.ts'
import type { Cluster, EnsembleServer } from '../../src/config/document/cluster.ts'
import type { Server } from '../../src/config/zookeeper/url.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import { serverList } from '../../src/supervisor/program/zookeeper.ts'

/**
 * Machines with disks of their own, on which the recovery of the controllers works as on real ones; ZooKeeper, the network and gossip
 * are pretended.
 */

/** Time goes fast, but for what a machine waits for itself. */
const faster = 100
const clock: Clock = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * faster,
  sleep: (ms, signal) => systemClock.sleep(ms / faster, signal),
  after: (ms, run) => systemClock.after(ms / faster, run),
}

const serverOf = (id: number): EnsembleServer => ({
  ...{ id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
})
const servers = [1, 2, 3, 4, 5].map(serverOf)
export const born = { id: crypto.randomUUID(), simulated: true, bornAt: '2026-01-01T00:00:00.000Z', servers }

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
  /** Where its session looks for a server, by their ids. */
  looksAt: number[]
  /** What stands in ZooKeeper, as its disk has it. */
  znodes: Record<string, { text: string; version: number }>
  /** Where an agent ends; not at all when undefined. */
  killAt: number | undefined
  steps: string[]
  /** What a step waits for. */
  hold: ((step: string) => Promise<void> | undefined) | undefined
  kill(): void
}

/** What stands, for one test. */
export const world = {
  dir: '',
  boxes: [] as Box[],
  /** Pairs of machines that do not reach each other. */
  cut: [] as [number, number][],
  /** Machines whose gossip has not found another one yet. */
  unheard: [] as [number, number][],
  /** Whether gossip misses a machine as soon as its agent is gone. */
  isMissed: false,
  /** Whatever was served to anybody, as the ids of an ensemble. */
  served: new Set<string>(),
}

/** A world of its own for each test of a file. */
export function useWorld(): void {
  beforeEach(() => {
    const dir = mkdtempSync(join(tmpdir(), 'meshbox-recover-'))
    Object.assign(world, { dir, cut: [], unheard: [], isMissed: false })
    begin()
  })
  afterEach(() => {
    for (const { agent } of world.boxes) agent?.stop()
    rmSync(world.dir, { recursive: true })
  })
}

/** All controllers as they were when the majority was lost. */
export function begin(): void {
  for (const { agent } of world.boxes) agent?.stop()
  world.served.clear()
  world.boxes = servers.map(newBox)
}

/** Where the masters' log is. */
export const registryOf = (dir: string) => join(dir, 'mesos-master/work', 'replicated_log')

/** A machine of that name and address that has joined anew, with an empty disk. */
export function replace(id: number): void {
  world.boxes[id - 1] = newBox(serverOf(id))
  rmSync(join(box(id).dir, 'zookeeper/data/version-2'), { recursive: true })
  start(id)
}

/** A controller as it was when the majority was lost. */
function newBox({ id, host }: EnsembleServer): Box {
  const memory = openMemory(openStore(':memory:'))
  const home = join(world.dir, `m${id}`)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(join(home, 'zookeeper/data/version-2'), { recursive: true })
  mkdirSync(join(home, 'zookeeper/conf'))
  writeFileSync(join(home, 'zookeeper/data/version-2/snapshot.100000005'), '')
  mkdirSync(registryOf(home), { recursive: true })
  writeFileSync(join(home, 'zookeeper/conf/zoo.cfg.dynamic'), serverList(servers, false))
  memory.remember('ensemble', {
    ...{ kind: 'managed', cluster: born, address: host, founder: false, firstLog: false },
  })
  return {
    ...{ id, dir: home, memory, place: placeOf(id, memory), on: true, agent: undefined },
    ...{
      zookeeper: false,
      master: false,
      killAt: undefined,
      hold: undefined,
      steps: [],
      known: born,
      looksAt: servers.map((server) => server.id),
      kill() {},
    },
    znodes: { '/c': { text: JSON.stringify(born), version: 7 } },
  }
}

function placeOf(id: number, memory: Memory): Place {
  const ensemble = memory.recall('ensemble')
  if (!ensemble) throw new Error('no ensemble')
  return openPlace({ memory, name: `m${id}`, address: `10.0.0.${id}`, alone: false, ensemble })
}

export function box(id: number): Box {
  const found = world.boxes[id - 1]
  if (!found) throw new Error(`no machine ${id}`)
  return found
}

/** The ids of the servers by which a ZooKeeper runs. */
export function listOf({ dir }: Box): number[] {
  const text = readFileSync(join(dir, 'zookeeper/conf/zoo.cfg.dynamic'), 'utf8')
  return [...text.matchAll(/^server\.(\d+)=/gm)].map(([, id]) => Number(id))
}

const reach = (a: number, b: number) =>
  box(b).on && !world.cut.some(([one, other]) => (one === a && other === b) || (one === b && other === a))

const isAlive = (a: number, b: number) => reach(a, b) && !(world.isMissed && !box(b).agent)

/** An empty disk never votes. */
const votes = ({ on, zookeeper, dir }: Box) =>
  on && zookeeper && existsSync(join(dir, 'zookeeper/data/version-2'))

/** The ensembles that serve, each by the machines that make it. */
export function ensembles(): Box[][] {
  const lists = new Set(world.boxes.map((each) => listOf(each).join()))
  return [...lists].flatMap((list) => {
    const voters = world.boxes.filter((each) => votes(each) && listOf(each).join() === list)
    if (voters.length <= list.split(',').length / 2) return []
    world.served.add(list)
    return [voters]
  })
}

/** Which of them a session of this machine is in touch with; of that one server, where it is to it alone. */
function ensembleOf(id: number, only?: number): Box[] | undefined {
  const looksAt = only === undefined ? box(id).looksAt : [only]
  return ensembles().find((voters) =>
    voters.some((voter) => reach(id, voter.id) && looksAt.includes(voter.id)),
  )
}

function know(of: Box, text: string): Cluster {
  of.known = JSON.parse(text)
  of.looksAt = (of.known.servers ?? []).map((server) => server.id)
  return of.known
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
export function settle(): void {
  for (const each of world.boxes.filter(({ on, agent }) => on && agent)) {
    const [voter] = ensembleOf(each.id) ?? []
    const cluster = voter && know(each, voter.znodes['/c']?.text ?? '')
    if (!cluster?.servers || !each.place.isUnlisted(cluster)) continue
    each.place.retire(cluster.servers)
    apply(each)
  }
}

/** A life of the agent: once it is killed nothing that it has begun goes on. */
export function start(id: number): Recovery {
  const of = box(id)
  of.agent?.stop()
  of.place = placeOf(id, of.memory)
  let dead = false
  let count = 0
  const killed = new Promise<never>(() => {})
  const step: Step = async (name) => {
    if (dead) await killed
    of.steps.push(name)
    await of.hold?.(name)
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
    useServers(list: Server[]) {
      of.looksAt = list.map(({ host }) => Number(host.split('.').at(-1)))
    },
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
      const others = world.boxes.filter((each) => each.id !== id && reach(id, each.id))
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
      return text && !dead ? know(of, text) : of.known
    },
    members: () =>
      servers
        .filter(({ id: other }) => !world.unheard.some(([one, unheard]) => one === id && unheard === other))
        .map(({ id: other, host }) => ({
          ...{ name: `m${other}`, address: host, status: isAlive(id, other) ? 'alive' : 'failed' },
          tags: { api: '7947', cluster: born.id, ...recoveryTag(box(other).known.recovered) },
        })) as unknown as Member[],
    async ask(address: string, { body }: { body: unknown }) {
      await step(`ask ${address}`)
      const other = world.boxes.find(({ id: each }) => address === `10.0.0.${each}`)
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
    config: () => ({ zookeeper: {}, mesos: { master: { port: 5050 } } }),
    async masterLeads() {
      await step('look whether its master leads')
      return of.master && existsSync(registryOf(of.dir))
    },
    listen: () => undefined,
    ...{ dataDir: of.dir, clock, log: silentLog },
  } as unknown as RecoveryDeps
  apply(of)
  of.agent = openRecovery(deps)
  return of.agent
}

/** These machines are there, and no others. */
export function only(...ids: number[]): void {
  for (const each of world.boxes) {
    each.on = ids.includes(each.id)
    if (each.on) start(each.id)
  }
}

export async function over(agent: Recovery | undefined): Promise<void> {
  const ended = await until(systemClock, { everyMs: 2, timeoutMs: 8000 }, () =>
    agent?.report().state === 'running' ? undefined : true,
  )
  expect(ended).toBe(true)
}

/** What became of it. */
export async function recover(id: number, gone = false): Promise<string> {
  const { agent } = box(id)
  agent?.begin(gone)
  await over(agent)
  const { state, failure } = agent?.report() ?? {}
  return failure?.message ?? state ?? 'no agent'
}
