import { createMesh, type GossipEvent, type Mesh } from '../../src/agent/gossip/mesh.ts'
import type { Address, Network } from '../../src/agent/gossip/swim/core.ts'
import type { Peer } from '../../src/agent/gossip/swim/roster.ts'
import { type Timing, timings } from '../../src/agent/gossip/swim/timing.ts'
import { createKeyring } from '../../src/agent/gossip/wire/keyring.ts'
import { type Message, messageLength } from '../../src/agent/gossip/wire/messages.ts'
import { packetRoom } from '../../src/agent/gossip/wire/packet.ts'
import type { Clock } from '../../src/clock.ts'
import { randomFrom, whole } from './seed.ts'

/** A mesh in virtual time: nothing waits, and the same seed gives the same run. */
export type Simulation = {
  now(): number
  nodes: Map<string, Node>
  add(name: string, options?: { address?: Address; tags?: Record<string, string> }): Node
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
  totals: { packets: number; bytes: number; exchanges: number }
  /** A digest of all that was delivered. */
  trace(): number
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

type Task = { at: number; order: number; run: (() => void) | undefined }

/** What must be true of a mesh at every step; a breach is an error. */
class Breach extends Error {}

export function simulate(options: { seed: number; timing?: Timing }): Simulation {
  const timing = options.timing ?? timings.lan
  const random = randomFrom(options.seed)
  const tasks = createQueue()
  const byAddress = new Map<string, Node>()
  const room = packetRoom({ keyring: createKeyring([]), label: '' })
  const keyOf = ({ host, port }: Address) => `${host}:${port}`
  let now = 0
  let order = 0
  let trace = 0

  function after(ms: number, run: () => void): () => void {
    const task: Task = { at: now + Math.max(0, ms), order: order++, run }
    tasks.push(task)
    return () => {
      task.run = undefined
    }
  }

  /** A member's own clock stands still while it is paused: its timers all fire when it goes on. */
  const clockOf = (node: () => Node): Clock => ({
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.reject(new Error('nothing sleeps here')),
    after(ms, run) {
      let cancel = () => {}
      const fire = () => {
        const { alive, pausedUntil } = node()
        if (!alive) return
        if (pausedUntil > now) cancel = after(pausedUntil - now, fire)
        else run()
      }
      cancel = after(ms, fire)
      return () => cancel()
    },
  })

  function deliver(from: Node, to: Node, run: () => void): void {
    after(sim.delay(from, to), function arrive() {
      if (!to.alive) return
      if (to.pausedUntil > now) return void after(to.pausedUntil - now, arrive)
      trace = (Math.imul(trace, 31) + Math.round(now * 1000) + to.name.length) | 0
      run()
      check(to)
    })
  }

  const networkOf = (from: () => Node): Network => ({
    room: () => room,
    packet(to, messages) {
      const bytes = messages.reduce((sum, message) => sum + messageLength(message) + 2, 0)
      if (bytes > room) throw new Breach(`a datagram of ${bytes} bytes`)
      sim.totals.packets++
      sim.totals.bytes += bytes
      const target = byAddress.get(keyOf(to))
      if (!target?.alive || !sim.link(from(), target, 'datagram')) return
      for (let copies = random() < sim.twice ? 2 : 1; copies > 0; copies--) {
        if (random() >= sim.loss) deliver(from(), target, () => hear(target, messages, from().address))
      }
    },
    exchange(to, state, done) {
      sim.totals.exchanges++
      stream(from(), to, timing.streamTimeoutMs, done, (target) => target.mesh.answer(state))
    },
    ping(to, ping, timeoutMs, done) {
      const heard = (answer: unknown) => done(answer !== undefined && !(answer instanceof Error))
      stream(from(), to, timeoutMs, heard, (target) => target.mesh.answerPing(ping))
    },
  })

  function hear(node: Node, messages: Message[], from: Address): void {
    for (const message of messages) node.mesh.receive(message, from)
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
      check(from)
    }
    const cancel = after(timeoutMs, () => finish(new Error('timeout')))
    if (!target?.alive) return void after(1, () => finish(new Error('refused')))
    if (!sim.link(from, target, 'stream') || !sim.link(target, from, 'stream')) return
    deliver(from, target, () => {
      const reply = answer(target)
      deliver(target, from, () => finish(reply))
    })
  }

  /** Incarnations as each member last saw them. Who is forgotten and comes back is somebody new. */
  const seen = new WeakMap<Peer, { incarnation: number; host: string }>()

  function check(node: Node): void {
    const { mesh } = node
    const peers = mesh.peers()
    if (mesh.waiting() > peers.length + 1024) throw new Breach(`${mesh.waiting()} messages wait`)
    if (mesh.health() < 0 || mesh.health() > 7) throw new Breach(`health ${mesh.health()}`)
    // One in a while in large meshes: all of them at every step would be the whole cost.
    const step = Math.ceil(peers.length / 16)
    for (let i = order % step; i < peers.length; i += step) {
      const peer = peers[i]
      if (!peer) continue
      const { name, incarnation, host } = peer
      const last = seen.get(peer)
      if (last?.host === host && incarnation < last.incarnation)
        throw new Breach(`${node.name} took ${name} back from ${last.incarnation} to ${incarnation}`)
      if (last) Object.assign(last, { incarnation, host })
      else seen.set(peer, { incarnation, host })
    }
  }

  const sim: Simulation = {
    nodes: new Map(),
    loss: 0,
    twice: 0,
    link: () => true,
    delay: () => 0.2 + random() * 2,
    totals: { packets: 0, bytes: 0, exchanges: 0 },
    now: () => now,
    trace: () => trace,
    add(name, { address, tags = {} } = {}) {
      const old = sim.nodes.get(name)
      const count = byAddress.size + 1
      const at = address ??
        old?.address ?? { host: `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`, port: 7946 }
      const events: GossipEvent[] = []
      const nodeRandom = randomFrom(whole(random, 2 ** 32))
      const self = () => node
      const mesh = createMesh({
        ...{ name, address: at, tags, timing, events, random: nodeRandom },
        clock: clockOf(self),
        network: networkOf(self),
        keyring: createKeyring([]),
        onEvent: (event) => events.push(event),
        keysChanged: () => {},
        log: () => {},
      })
      const node: Node = {
        ...{ name, address: at, mesh, events, alive: true, pausedUntil: 0 },
        kill() {
          node.alive = false
          mesh.stop()
        },
        status: (of) => mesh.members().find((member) => member.name === of)?.status,
      }
      sim.nodes.set(name, node)
      byAddress.set(keyOf(at), node)
      return node
    },
    run(ms) {
      const end = now + ms
      for (let task = tasks.peek(); task && task.at <= end; task = tasks.peek()) {
        tasks.pop()
        now = Math.max(now, task.at)
        task.run?.()
      }
      now = end
    },
    until(mostMs, check_) {
      const start = now
      while (!check_()) {
        if (now - start >= mostMs) return undefined
        sim.run(200)
      }
      return now - start
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
export function settled(size: number, options: { seed: number; timing?: Timing }): Simulation {
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

/** A binary heap by time, then by order of arrival. */
function createQueue() {
  const heap: Task[] = []
  const before = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const at = (i: number) => heap[i] as Task
  function swap(i: number, j: number): void {
    const kept = at(i)
    heap[i] = at(j)
    heap[j] = kept
  }
  return {
    peek: () => heap[0],
    push(task: Task) {
      heap.push(task)
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (!before(at(i), at(parent))) break
        swap(i, parent)
        i = parent
      }
    },
    pop() {
      swap(0, heap.length - 1)
      heap.pop()
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (left < heap.length && before(at(left), at(least))) least = left
        if (right < heap.length && before(at(right), at(least))) least = right
        if (least === i) break
        swap(i, least)
        i = least
      }
    },
  }
}
