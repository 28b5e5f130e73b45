import { createMesh, type GossipEvent, type Mesh } from '../../src/agent/gossip/mesh.ts'
import { createKnown, type Known } from '../../src/agent/gossip/serf/members.ts'
import { ourVersions } from '../../src/agent/gossip/swim/beliefs.ts'
import type { Address, Network } from '../../src/agent/gossip/swim/core.ts'
import { createPeers, type Peer } from '../../src/agent/gossip/swim/roster.ts'
import type { Table } from '../../src/agent/gossip/swim/table.ts'
import { type Timing, timings } from '../../src/agent/gossip/swim/timing.ts'
import { createKeyring } from '../../src/agent/gossip/wire/keyring.ts'
import { limits } from '../../src/agent/gossip/wire/limits.ts'
import { type Message, messageLength } from '../../src/agent/gossip/wire/messages.ts'
import { compoundPart, packetRoom } from '../../src/agent/gossip/wire/packet.ts'
import type { PushPull } from '../../src/agent/gossip/wire/stream.ts'
import { encodeTags } from '../../src/agent/gossip/wire/tags.ts'
import type { Clock } from '../../src/clock.ts'
import { createInvariants } from './invariants.ts'
import { createSchedule } from './schedule.ts'
import { randomFrom, whole } from './seed.ts'

/** A mesh in virtual time, its invariants held at every step: the same seed gives the same run. */
export type Simulation = {
  now(): number
  nodes: Map<string, Node>
  add(name: string, options?: Beginning): Node
  /** Virtual milliseconds. */
  run(ms: number): void
  /** Runs until `true`; gives the milliseconds it took, or undefined when `mostMs` were not enough. */
  until(mostMs: number, check: () => boolean): number | undefined
  /** Whether datagrams (and streams) get from one to the other. */
  link: (from: Node, to: Node, kind: 'datagram' | 'stream') => boolean
  /** Share of datagrams that are lost, and that come twice. */
  loss: number
  twice: number
  /** One way, milliseconds. */
  delay: (from: Node, to: Node) => number
  /** Every live member sees exactly the live ones as alive. */
  agreed(): boolean
  /** Live members who do not see `name` so. */
  dissent(name: string, status: string): Node[]
  /** Times that somebody took a live member for dead. */
  falseDeaths(): number
  /** No loss, no cuts. */
  heal(): void
  /** `unanswered`: probes that needed others; `suspected`: those that failed all the same. */
  totals: Record<
    'packets' | 'bytes' | 'exchanges' | 'comparisons' | 'streamBytes' | 'unanswered' | 'suspected',
    number
  >
  /** A digest of all that was delivered. */
  trace(): number
}

/** What becomes of messages on their way. Plain objects go as they are; a benchmark puts them into real bytes. */
export type Carry = {
  /** `read` is what arrives. */
  packet(messages: Message[], checksum: boolean): { bytes: number; read: () => Message[] }
  stream(state: PushPull): { bytes: number; read: () => PushPull }
  /** Bytes of a question for a digest and its answer. */
  comparison: number
}

const plainly: Carry = {
  packet: (messages) => ({
    bytes: messages.reduce((sum, message) => sum + messageLength(message) + compoundPart, 0),
    read: () => messages,
  }),
  stream: (state) => ({ bytes: 0, read: () => state }),
  comparison: 0,
}

type Beginning = {
  address?: Address
  tags?: Record<string, string>
  /** Whom it knows from the start, itself included. */
  peers?: Table<Peer>
  known?: Table<Known>
}

export type Node = {
  name: string
  address: Address
  mesh: Mesh
  events: GossipEvent[]
  alive: boolean
  /** Hears and does nothing until then, as after SIGSTOP. */
  pausedUntil: number
  /** kill -9 */
  kill(): void
  status(of: string): string | undefined
}

/** How often the invariants of the whole are looked at. */
const lookMs = 1000

type Options = { seed: number; timing?: Timing; carry?: Carry }

export function simulate(options: Options): Simulation {
  const { timing = timings.lan, carry = plainly } = options
  const random = randomFrom(options.seed)
  const { now, after, run } = createSchedule()
  const byAddress = new Map<string, Node>()
  const room = packetRoom({ keyring: createKeyring([]), label: '' })
  const keyOf = ({ host, port }: Address) => `${host}:${port}`
  const everyone = () => true
  const invariants = createInvariants({ timing, now, node: (name) => sim.nodes.get(name) })
  let trace = 0

  /** A member's own clock stands still while it is paused: its timers all fire when it goes on. */
  const clockOf = (node: () => Node): Clock => ({
    now,
    monotonic: now,
    sleep: () => Promise.reject(new Error('nothing sleeps here')),
    after(ms, fired) {
      let cancel = () => {}
      const fire = () => {
        const { alive, pausedUntil } = node()
        if (!alive) return
        if (pausedUntil > now()) cancel = after(pausedUntil - now(), fire)
        else fired()
      }
      cancel = after(ms, fire)
      return () => cancel()
    },
  })

  function deliver(from: Node, to: Node, arrived: () => void): void {
    after(sim.delay(from, to), function arrive() {
      if (!to.alive) return
      if (to.pausedUntil > now()) return void after(to.pausedUntil - now(), arrive)
      trace = (Math.imul(trace, 31) + Math.round(now() * 1000) + to.name.length) | 0
      arrived()
    })
  }

  const networkOf = (from: () => Node): Network => ({
    room: () => room,
    packet(to, messages, checksum) {
      const { bytes, read } = carry.packet(messages, checksum)
      invariants.packet(bytes, limits.packet)
      sim.totals.packets++
      sim.totals.bytes += bytes
      const target = byAddress.get(keyOf(to))
      if (!target?.alive || !sim.link(from(), target, 'datagram')) return
      for (let copies = random() < sim.twice ? 2 : 1; copies > 0; copies--) {
        if (random() >= sim.loss) deliver(from(), target, () => hear(target, read(), from().address))
      }
    },
    exchange(to, state, done) {
      sim.totals.exchanges++
      const merged = (answer: PushPull | Error) => {
        const members = answer instanceof Error ? [] : answer.members
        invariants.merging(from(), members, () => done(answer))
      }
      const carried = (each: PushPull) => {
        const { bytes, read } = carry.stream(each)
        sim.totals.streamBytes += bytes
        return read()
      }
      stream(from(), to, timing.streamTimeoutMs, merged, (target) => {
        const arrived = carried(state)
        return carried(invariants.merging(target, arrived.members, () => target.mesh.answer(arrived)))
      })
    },
    compare(to, digest, done) {
      sim.totals.comparisons++
      sim.totals.streamBytes += carry.comparison
      const heard = (answer: boolean | Error) => done(answer instanceof Error ? undefined : answer)
      stream(from(), to, timing.streamTimeoutMs, heard, (target) => target.mesh.digest() === digest)
    },
    ping(to, ping, timeoutMs, done) {
      const heard = (answer: unknown) => done(answer !== undefined && !(answer instanceof Error))
      stream(from(), to, timeoutMs, heard, (target) => target.mesh.answerPing(ping))
    },
  })

  function hear(node: Node, messages: Message[], from: Address): void {
    invariants.hearing(node, messages, () => {
      for (const message of messages) node.mesh.receive(message, from)
    })
  }

  function stream<T>(
    from: Node,
    to: Address,
    timeoutMs: number,
    done: (answer: T | Error) => void,
    answer: (target: Node) => T,
  ): void {
    const target = byAddress.get(keyOf(to))
    let over = false
    const finish = (result: T | Error) => {
      if (over || !from.alive) return
      over = true
      cancel()
      done(result)
    }
    const cancel = after(timeoutMs, () => finish(new Error('timeout')))
    if (!target?.alive) return void after(1, () => finish(new Error('refused')))
    if (!sim.link(from, target, 'stream') || !sim.link(target, from, 'stream')) return
    deliver(from, target, () => {
      const reply = answer(target)
      deliver(target, from, () => finish(reply))
    })
  }

  const sim: Simulation = {
    nodes: new Map(),
    loss: 0,
    twice: 0,
    link: everyone,
    delay: () => 0.2 + random() * 2,
    totals: {
      packets: 0,
      bytes: 0,
      exchanges: 0,
      comparisons: 0,
      streamBytes: 0,
      unanswered: 0,
      suspected: 0,
    },
    now,
    trace: () => trace,
    add(name, { address, tags = {}, peers, known } = {}) {
      const old = sim.nodes.get(name)
      const count = byAddress.size + 1
      const at = address ??
        old?.address ?? { host: `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`, port: 7946 }
      const events: GossipEvent[] = []
      const nodeRandom = randomFrom(whole(random, 2 ** 32))
      const self = () => node
      const mesh = createMesh({
        ...{ name, address: at, tags, timing, random: nodeRandom },
        ...(peers && { peers }),
        ...(known && { known }),
        clock: clockOf(self),
        network: networkOf(self),
        keyring: createKeyring([]),
        onEvent(event) {
          events.push(event)
          invariants.heard(node, event)
        },
        keysChanged: () => {},
        log(event) {
          if (event === 'probe unanswered') sim.totals.unanswered++
          if (event === 'probe failed') sim.totals.suspected++
        },
      })
      const node: Node = {
        ...{ name, address: at, mesh, events, alive: true, pausedUntil: 0 },
        kill() {
          node.alive = false
          mesh.stop()
        },
        status: (of) => mesh.member(of)?.status,
      }
      sim.nodes.set(name, node)
      byAddress.set(keyOf(at), node)
      return node
    },
    run(ms) {
      for (let left = ms; left > 0; left -= lookMs) {
        run(Math.min(left, lookMs))
        const paused = [...sim.nodes.values()].some(({ pausedUntil }) => pausedUntil > now())
        invariants.look(!paused && sim.loss === 0 && sim.link === everyone)
      }
    },
    dissent: (name, status) =>
      [...sim.nodes.values()].filter(
        (node) => node.alive && node.name !== name && node.status(name) !== status,
      ),
    falseDeaths: invariants.falseDeaths,
    until(mostMs, check) {
      const start = now()
      while (!check()) {
        if (now() - start >= mostMs) return undefined
        sim.run(200)
      }
      return now() - start
    },
    heal() {
      sim.loss = 0
      sim.link = everyone
    },
    agreed() {
      const live = [...sim.nodes.values()].filter(({ alive }) => alive)
      return live.every(({ mesh }) => {
        const alive = mesh.peers().filter(({ state }) => state === 'alive')
        return alive.length === live.length && alive.every(({ name }) => sim.nodes.get(name)?.alive)
      })
    },
  }
  return sim
}

/** Members `m0`, `m1`, … that have all joined the first and know each other. */
export function settled(size: number, options: Options): Simulation {
  const sim = simulate(options)
  for (let i = 0; i < size; i++) sim.add(`m${i}`)
  joinAll(sim)
  if (sim.until(120_000, sim.agreed) === undefined) throw new Error(`${size} members do not find each other`)
  return sim
}

export function joinAll(sim: Simulation, through = 'm0'): void {
  const to = member(sim, through).address
  for (const node of sim.nodes.values()) if (node.name !== through && node.alive) node.mesh.join(to, () => {})
}

export function member(sim: Simulation, name: string): Node {
  const node = sim.nodes.get(name)
  if (!node) throw new Error(`no ${name}`)
  return node
}

/** Members `m0`, `m1`, … that know each other from long ago: nobody has anything to tell. */
export function grown(size: number, options: Options): Simulation {
  const sim = simulate(options)
  const names = Array.from({ length: size }, (_, i) => `m${i}`)
  const peers = createPeers()
  const known = createKnown()
  const addressOf = (i: number) => ({ host: `10.${(i >> 16) + 1}.${(i >> 8) & 255}.${i & 255}`, port: 7946 })
  for (const [i, name] of names.entries()) {
    const place = { name, ...addressOf(i), incarnation: 1 }
    peers.set({ ...place, meta: encodeTags({}), vsn: ourVersions, state: 'alive', since: 0 })
    known.set({ ...place, tags: {}, status: 'alive', time: 1, goneAt: 0 })
  }
  for (const [i, name] of names.entries())
    sim.add(name, { address: addressOf(i), peers: peers.copy(), known: known.copy() })
  return sim
}
