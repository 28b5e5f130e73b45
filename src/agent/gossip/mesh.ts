import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../dns/records/address.ts'
import { answerKeyQuery, askForKeys, type KeyOperation, type KeyReport } from './serf/keys.ts'
import { createLamport } from './serf/lamport.ts'
import { createMembers, type Known } from './serf/members.ts'
import { createQueries } from './serf/queries.ts'
import { createSeen } from './serf/seen.ts'
import type { Above, Address, Network } from './swim/core.ts'
import { createSwim, type Swim } from './swim/swim.ts'
import type { Timing } from './swim/timing.ts'
import { WireError } from './wire/codec.ts'
import type { Keyring } from './wire/keyring.ts'
import { decodeSerf, encodeSerf, readRelay, type SerfMessage, type SerfMessageOf } from './wire/serf.ts'
import { encodeTags, type Tags } from './wire/tags.ts'

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
  'receive' | 'answer' | 'answerPing' | 'peers' | 'peer' | 'health' | 'waiting'
> & {
  name: string
  members(): Member[]
  join(to: Address, done: (failure: Error | undefined) => void): void
  updateTags(tags: Tags): void
  keys(operation: KeyOperation, key: Uint8Array, done: (report: KeyReport) => void): void
  leave(done: () => void): void
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
}): Mesh {
  const { name: me, address, timing, clock, random, onEvent, log } = options
  const lamport = createLamport()
  const firstEvent = createSeen()
  const members = createMembers({
    me,
    lamport,
    clock,
    changed(kind, known) {
      if (known.name !== me || kind === 'updated') onEvent({ kind, member: shown(known) })
    },
    refute: () => announceJoin(),
    leaving: () => leaving,
  })
  let leaving = false

  const queries = createQueries({
    me,
    self: () => address,
    clock,
    random,
    broadcast: spread,
    send: (to, payload) => swim.send(to, { kind: 'user', Payload: payload }),
    respond(name, payload, most) {
      if (name === '_serf_conflict') return whoHas(Buffer.from(payload).toString())
      return answerKeyQuery(name, payload, most, { keyring: options.keyring, changed: options.keysChanged })
    },
  })

  const above: Above = {
    joined: members.joined,
    updated: members.updated,
    gone: members.gone,
    conflict(known, other) {
      const [ours, theirs] = [known, other].map(({ host, port }) => joinHostPort(host, port)) as [
        string,
        string,
      ]
      onEvent({ kind: 'conflict', name: known.name, known: ours, other: theirs })
    },
    message(payload) {
      try {
        hear(payload)
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        log('serf message not understood', { error: error.message })
      }
    },
    state: () => encodeSerf(state()),
    merge(bytes) {
      try {
        const theirs = decodeSerf(bytes)
        if (theirs.kind === 'pushPull') merge(theirs)
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        log('serf state not understood', { error: error.message })
      }
    },
  }
  const swim = createSwim({ ...options, meta: encodeTags(options.tags), above })
  const self = swim.peer(me)
  if (self) members.joined(self)
  let cancelReconnect = clock.after(timing.reconnectMs * (1 + random()), reconnect)

  function shown({ name, host, port, tags, status, incarnation }: Known): Member {
    const peer = swim.peer(name)
    const alive = peer?.state === 'suspect' ? 'suspect' : 'alive'
    return {
      ...{ name, address: host, port, tags, incarnation: peer?.incarnation ?? incarnation },
      status: status === 'failed' || status === 'left' ? status : alive,
    }
  }

  function spread(name: string, payload: Uint8Array, finished?: () => void): void {
    swim.broadcast(`serf ${name}`, { kind: 'user', Payload: payload }, finished)
  }

  function whoHas(name: string): Uint8Array | undefined {
    const member = members.get(name)
    if (!member || name === me) return undefined
    return encodeSerf({ kind: 'conflict', Name: name, Addr: member.host, Port: member.port })
  }

  /** News are passed on as they came. */
  function hear(payload: Uint8Array): void {
    const relay = readRelay(payload)
    if (relay) {
      const peer = swim.peers().find(({ host, port }) => host === relay.host && port === relay.port)
      if (peer) swim.send(peer, { kind: 'user', Payload: relay.payload })
      return
    }
    const word = decodeSerf(payload)
    if (word.kind === 'join' || word.kind === 'leave') {
      if (members.intend(word)) spread(`intent ${word.Node}`, payload)
    } else if (word.kind === 'query') {
      if (queries.asked(word)) spread(`query ${word.LTime} ${word.ID}`, payload)
    } else if (word.kind === 'queryResponse') queries.answered(word)
    else if (word.kind === 'userEvent') {
      const id = `${word.Name} ${Buffer.from(word.Payload).toString('base64')}`
      if (firstEvent(word.LTime, id)) spread(`event ${word.LTime} ${id}`, payload)
    }
  }

  function state(): SerfMessage {
    const all = [...members.all()]
    return {
      kind: 'pushPull',
      LTime: lamport.time(),
      StatusLTimes: new Map(all.map(({ name, time }) => [name, time])),
      LeftMembers: all.filter(({ status }) => status === 'left').map(({ name }) => name),
      EventLTime: 1,
      Events: [],
      QueryLTime: queries.time(),
    }
  }

  function merge({ LTime, QueryLTime, StatusLTimes, LeftMembers }: SerfMessageOf<'pushPull'>): void {
    if (LTime > 0) lamport.witness(LTime - 1)
    if (QueryLTime > 0) queries.witness(QueryLTime - 1)
    // They left after the time that is told of them; one later counts as news.
    const left = new Set(LeftMembers)
    for (const Node of left)
      members.intend({ kind: 'leave', LTime: (StatusLTimes.get(Node) ?? 0) + 1, Node, Prune: false })
    for (const [Node, time] of StatusLTimes)
      if (!left.has(Node)) members.intend({ kind: 'join', LTime: time, Node })
  }

  function announceJoin(): void {
    const word: SerfMessageOf<'join'> = { kind: 'join', LTime: lamport.time(), Node: me }
    members.intend(word)
    spread(`intent ${me}`, encodeSerf(word))
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
    members: () => [...members.all()].map(shown),
    join(to, done) {
      swim.join(to, (failure) => {
        if (!failure) announceJoin()
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
      const timeoutMs =
        timing.gossipMs * queryTimeoutMultiplier * Math.ceil(Math.log10(swim.peers().length + 1))
      askForKeys(operation, key, { queries, members: reachable, timeoutMs, done })
    },
    leave(done) {
      leaving = true
      const word: SerfMessageOf<'leave'> = { kind: 'leave', LTime: lamport.time(), Node: me, Prune: false }
      lamport.increment()
      members.intend(word)
      // Who hears of the death before the intention takes it for a failure: so one after the other.
      afterTelling(
        (finished) => spread(`intent ${me}`, encodeSerf(word), finished),
        () => afterTelling(swim.leave, done),
      )
    },
    stop() {
      cancelReconnect()
      queries.stop()
      swim.stop()
    },
  }
}
