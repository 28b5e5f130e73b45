import { backoffMs, type Clock } from '../clock.ts'
import type { Config } from '../config/schema.ts'
import { formatServer } from '../config/zookeeper/url.ts'
import { MeshboxError, messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import { version } from '../version.ts'
import {
  type Gossip,
  type GossipEvent,
  type Member,
  type Question,
  startGossip,
  type Tags,
} from './gossip/gossip.ts'
import type { Door } from './join-token/door.ts'
import type { Keys } from './key/keyring.ts'
import type { Memory } from './local/memory.ts'

export type Neighbours = {
  /** host:port, as the others reach it; undefined while the port cannot be had. */
  address(): string | undefined
  /** This machine included. */
  members(): Member[]
  /** Why this machine cannot gossip. */
  problem(): string | undefined
  /** How far it is behind with gossip: 0 when it is well; undefined while it does not gossip. */
  health(): number | undefined
  /** What the others may know of this machine. */
  tell(tags: Tags): void
  onEvent(see: (event: GossipEvent) => void): () => void
  /** Makes the acquaintance of whoever gossips there, host:port. */
  meet(doors: string[]): Promise<void>
  /** Asks one of them. Rejects when there is no answer. */
  ask(member: Member, question: Question): Promise<Uint8Array>
  /** Asks all machines for their keys, or changes them; undefined while this one does not gossip. */
  keys(): Gossip['keys'] | undefined
  /** Makes all take a failed machine for one that left for good. @throws MeshboxError for one that lives */
  forget(name: string): void
  /** Says goodbye; `stop` comes after it. */
  leave(): Promise<void>
  stop(): Promise<void>
}

const retry = { firstMs: 500, maxMs: 10_000 }
/** Alone, a machine keeps knocking at its seeds, often at first; in company it only looks whether it has lost all of it. */
const knocking = { firstMs: 500, maxMs: 5000 }
/** A big mesh has many events, and its members are a long list. */
const rememberMs = 1000

/**
 * Keeps this machine in the mesh: seeds are the machines of the ZooKeeper URL and every member seen before. A port that
 * is taken is tried again.
 */
export function openNeighbours(deps: {
  name: string
  bind: string
  advertise: string
  config: Config['gossip']
  keys: Keys
  /** Addresses of the machines in the URL. */
  seeds: string[]
  memory: Memory
  clock: Clock
  random: () => number
  log: Log
  /** The id of this machine's cluster where it is known; later its tags tell. Machines of others stay strangers. */
  cluster: string | undefined
  /** Takes a stream that speaks TLS, from this IP address. */
  door: Door
  /** Answers what others ask over gossip, from this IP address; undefined: no answer. */
  answer: (question: Question, from: string) => Uint8Array | undefined
  onChange: () => void
}): Neighbours {
  const {
    name,
    cluster,
    bind,
    advertise,
    config,
    keys,
    seeds,
    memory,
    clock,
    random,
    log,
    door,
    answer,
    onChange,
  } = deps
  const listeners = new Set<(event: GossipEvent) => void>()
  let tags: Tags = { v: version }
  let gossip: Gossip | undefined
  let problem: string | undefined
  let stopped = false
  let attempt = 0
  let knocks = 0
  let cancel = () => {}
  /** Set while what was seen waits to be remembered. */
  let cancelRemember: (() => void) | undefined
  let work = start()

  async function start(): Promise<void> {
    const told = tags
    try {
      gossip = await startGossip({
        ...{ name, bind, advertise, tags: told, clock, random, log },
        port: config.port,
        profile: bind.startsWith('127.') ? 'local' : 'lan',
        foreign: isForeign,
        onEvent: hear,
        onQuestion: answer,
        secure: door,
        keyring: keys.ring().keys,
        onKeys: keys.change,
      })
      // What became known while the sockets were being opened.
      if (tags !== told) gossip.updateTags(tags)
      problem = undefined
      attempt = 0
      onChange()
      await knock()
    } catch (error) {
      problem = messageOf(error)
      log.error({ error: problem }, 'cannot gossip')
      onChange()
      again(backoffMs(attempt++, retry, random), start)
    }
  }

  /** A machine that is of no cluster yet, or a serf agent, is none. */
  function isForeign({ cluster: theirs }: Tags): boolean {
    const own = tags.cluster ?? cluster
    return own !== undefined && theirs !== undefined && theirs !== own
  }

  const members = () => gossip?.members().filter(({ tags }) => !isForeign(tags)) ?? []

  function again(ms: number, run: () => Promise<void>): void {
    if (stopped) return
    cancel = clock.after(ms, () => {
      work = run()
    })
  }

  async function knock(): Promise<void> {
    const alone = !gossip?.some(
      (each) => each.status === 'alive' && each.name !== name && !isForeign(each.tags),
    )
    if (gossip && alone) {
      const remembered = memory.recall('members') ?? []
      const own = formatServer({ host: advertise, port: config.port })
      const doors = [...seeds.map((host) => formatServer({ host, port: config.port })), ...remembered]
      const others = [...new Set(doors)].filter((door) => door !== own)
      if (others.length > 0) await meet(others)
    }
    knocks = alone ? knocks + 1 : 0
    again(alone ? backoffMs(knocks, knocking, random) : knocking.maxMs, knock)
  }

  async function meet(doors: string[]): Promise<void> {
    await gossip?.join(doors).catch((error) => log.debug({ error: messageOf(error) }, 'no seed'))
  }

  function hear(event: GossipEvent): void {
    for (const see of [...listeners]) see(event)
    if (!stopped) cancelRemember ??= clock.after(rememberMs, rememberMembers)
    onChange()
  }

  /** Whoever has not left for good: also the failed may be back when this machine looks for a way in. */
  function rememberMembers(): void {
    cancelRemember?.()
    cancelRemember = undefined
    const others = members().filter((member) => member.status !== 'left' && member.name !== name)
    memory.remember(
      'members',
      others.map(({ address, port }) => formatServer({ host: address, port })).sort(),
    )
  }

  return {
    address: () => gossip && formatServer(gossip.address),
    members,
    problem: () => problem,
    health: () => gossip?.health(),
    tell(next) {
      if (JSON.stringify(next) === JSON.stringify(tags)) return
      tags = next
      gossip?.updateTags(tags)
    },
    onEvent(see) {
      listeners.add(see)
      return () => listeners.delete(see)
    },
    meet,
    async ask({ address, port }, question) {
      if (!gossip) throw new Error('this machine does not gossip')
      return gossip.ask({ host: address, port }, question)
    },
    keys: () => gossip?.keys,
    forget(name) {
      if (!gossip)
        throw new MeshboxError({ code: 'gossip-away', message: `cannot forget ${name}: ${problem}` })
      gossip.forget(name)
    },
    async leave() {
      await gossip?.leave()
    },
    async stop() {
      stopped = true
      cancel()
      if (cancelRemember) rememberMembers()
      await work
      await gossip?.close()
    },
  }
}
