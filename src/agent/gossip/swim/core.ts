import type { Clock } from '../../../clock.ts'
import type { Message, MessageOf } from '../wire/messages.ts'
import type { PushPull } from '../wire/stream.ts'
import type { Broadcasts } from './broadcasts.ts'
import type { Peer, Roster } from './roster.ts'
import type { Timing } from './timing.ts'

export type Address = { host: string; port: number }

/** How the state machine reaches others. Nothing here throws; what is lost is lost. */
export type Network = {
  /** Bytes for messages in a datagram, `compoundPart` for each included. */
  room(): number
  /** `checksum`: the receiver knows them. */
  packet(to: Address, messages: Message[], checksum: boolean): void
  /** Gives them our state for theirs. */
  exchange(to: Address, state: PushPull, done: (answer: PushPull | Error) => void): void
  /** Asks whether their digest is the same; undefined when there is no answer, or they know no digests. */
  compare(to: Address, digest: string, done: (same: boolean | undefined) => void): void
  /** A ping by stream, for where datagrams do not get through. */
  ping(to: Address, ping: MessageOf<'ping'>, timeoutMs: number, done: (answered: boolean) => void): void
}

/** What the layer above hears and adds: serf's part. */
export type Above = {
  joined(peer: Peer): void
  updated(peer: Peer): void
  /** Whether a member with these metadata belongs to another cluster, and is not to be known here. */
  foreign?(meta: Uint8Array): boolean
  /** Dead, or left. */
  gone(peer: Peer): void
  /** Somebody else uses the name of `known`, which may be us. */
  conflict(known: Peer, other: Address): void
  message(payload: Uint8Array, from: Address | undefined): void
  state(): Uint8Array
  /** What tells one state from another. */
  sum(): number
  merge(state: Uint8Array): void
}

/** Members that we can hold; the memory of a mesh that somebody floods with names is bounded by it. */
export const mostMembers = 100_000

/** What the parts of the state machine share. */
export type Core = {
  me: string
  timing: Timing
  clock: Clock
  random: () => number
  network: Network
  above: Above
  roster: Roster
  broadcasts: Broadcasts
  health: Health
  /** After a leave, nothing revives us. */
  hasLeft: boolean
  /** Sends to a member with as much news as fit. */
  send(to: Address & { name?: string }, messages: Message[]): void
  log(event: string, about: Record<string, unknown>): void
}

/** Lifeguard's awareness of ourselves: the worse, the slower we are to judge others. */
export type Health = { score(): number; change(by: number): void }

export function createHealth(worst: number): Health {
  let score = 0
  return {
    score: () => score,
    change(by) {
      score = Math.min(worst, Math.max(0, score + by))
    },
  }
}
