import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import { askForKeys, type KeyOperation, type KeyReport } from './serf/keys.ts'
import type { Known } from './serf/members.ts'
import { createSerf } from './serf/serf.ts'
import type { Address, Network } from './swim/core.ts'
import type { Peer } from './swim/roster.ts'
import { createSwim, type Swim } from './swim/swim.ts'
import type { Table } from './swim/table.ts'
import type { Timing } from './swim/timing.ts'
import type { Keyring } from './wire/keyring.ts'
import { decodeTags, encodeTags, type Tags } from './wire/tags.ts'

export type Member = {
  name: string
  /** Canonical IP address. */
  address: string
  port: number
  status: 'alive' | 'suspect' | 'failed' | 'left'
  tags: Tags
  incarnation: number
}

export type GossipEvent =
  | { kind: 'joined' | 'failed' | 'left' | 'updated'; member: Member }
  /** `other` (host:port) uses the name of the member at `known`; when that is this member, two have our name. */
  | { kind: 'conflict'; name: string; known: string; other: string }

/** A member in full: SWIM with serf's part on top. Pure; see `Network` and `Clock` for what comes in. */
export type Mesh = Pick<
  Swim,
  'receive' | 'answer' | 'answerPing' | 'digest' | 'peers' | 'peer' | 'known' | 'health' | 'waiting'
> & {
  name: string
  /** By name. */
  members(): Member[]
  member(name: string): Member | undefined
  /** Whether there is such a member; cheaper than to list them all. */
  some(check: (member: Member) => boolean): boolean
  join(to: Address, done: (failure: Error | undefined) => void): void
  updateTags(tags: Tags): void
  keys(operation: KeyOperation, key: Uint8Array, done: (report: KeyReport) => void): void
  leave(done: () => void): void
  /** Makes all take a failed member for one that left; see `members` for how each is. */
  forget(name: string): void
  stop(): void
}

/** serf's QueryTimeoutMult. */
const queryTimeoutMultiplier = 16

export function createMesh(options: {
  name: string
  address: Address
  tags: Tags
  timing: Timing
  clock: Clock
  random: () => number
  network: Network
  keyring: Keyring
  onEvent: (event: GossipEvent) => void
  keysChanged: () => void
  log: (event: string, about: Record<string, unknown>) => void
  /** Whether a member with these tags belongs to another cluster. */
  foreign?: ((tags: Tags) => boolean) | undefined
  /** Whom it knows from the start, itself included: for a mesh that has been up for long when its simulation begins. */
  peers?: Table<Peer>
  known?: Table<Known>
}): Mesh {
  const { name: me, timing, clock, random, onEvent, log, foreign } = options
  const serf = createSerf({
    ...options,
    me,
    peers: () => swim.peers(),
    send: (to, payload) => swim.send(to, { kind: 'user', Payload: payload }),
    spread: (name, payload, finished) =>
      swim.broadcast(`serf ${name}`, { kind: 'user', Payload: payload }, finished),
    changed(kind, known) {
      if (known.name !== me || kind === 'updated') onEvent({ kind, member: shown(known) })
    },
  })
  const { members, queries } = serf
  const swim = createSwim({
    ...options,
    meta: encodeTags(options.tags),
    above: {
      ...serf.above,
      ...(foreign ? { foreign: (meta: Uint8Array) => foreign(decodeTags(meta)) } : {}),
      conflict(known, other) {
        const place = ({ host, port }: Address) => joinHostPort(host, port)
        onEvent({ kind: 'conflict', name: known.name, known: place(known), other: place(other) })
      },
    },
  })
  const self = swim.peer(me)
  if (self && !members.get(me)) members.joined(self)
  let leaving = false
  let cancelReconnect = clock.after(timing.reconnectMs * (1 + random()), reconnect)

  function shown({ name, host, port, tags, status, incarnation }: Known): Member {
    const peer = swim.peer(name)
    const alive = peer?.state === 'suspect' ? 'suspect' : 'alive'
    return {
      ...{ name, address: host, port, tags, incarnation: peer?.incarnation ?? incarnation },
      status: status === 'failed' || status === 'left' ? status : alive,
    }
  }

  /** Goes on once the news went out often enough, or nobody takes them. */
  function afterTelling(tell: (finished: () => void) => void, then: () => void): void {
    let over = false
    const finish = () => {
      if (over) return
      over = true
      cancel()
      then()
    }
    const others = swim
      .peers()
      .some(({ name, state: now }) => name !== me && (now === 'alive' || now === 'suspect'))
    const cancel = clock.after(others ? timing.broadcastTimeoutMs : 0, finish)
    tell(finish)
  }

  /** Now and then one of the failed is tried: so two halves of a mesh find each other again. */
  function reconnect(): void {
    members.forget()
    const failed = members.failed()
    const alive = swim.peers().filter(({ state: now }) => now === 'alive').length
    const chosen = failed[Math.floor(random() * failed.length)]
    if (chosen && !leaving && random() < failed.length / Math.max(1, alive)) {
      swim.join(chosen, (failure) => {
        if (!failure) log('found again', { name: chosen.name })
      })
    }
    cancelReconnect = clock.after(timing.reconnectMs, reconnect)
  }

  return {
    ...swim,
    name: me,
    members: () =>
      members
        .all()
        .map(shown)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    some: (check) => members.all().some((known) => check(shown(known))),
    member(name) {
      const known = members.get(name)
      return known && shown(known)
    },
    join(to, done) {
      swim.join(to, (failure) => {
        if (!failure) serf.announceJoin()
        done(failure)
      })
    },
    updateTags(tags) {
      swim.setMeta(encodeTags(tags))
      const peer = swim.peer(me)
      if (peer) members.updated(peer)
    },
    keys(operation, key, done) {
      const reachable = swim.peers().filter(({ state: now }) => now === 'alive' || now === 'suspect').length
      const timeoutMs = timing.gossipMs * queryTimeoutMultiplier * Math.ceil(Math.log10(swim.known() + 1))
      askForKeys(operation, key, { queries, members: reachable, timeoutMs, done })
    },
    leave(done) {
      leaving = true
      // Who hears of the death before the intention takes it for a failure: so one after the other.
      afterTelling(serf.announceLeave, () => afterTelling(swim.leave, done))
    },
    forget: serf.announceLeft,
    stop() {
      cancelReconnect()
      queries.stop()
      swim.stop()
    },
  }
}
