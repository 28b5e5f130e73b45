import type { Clock } from '../../../clock.ts'
import { WireError } from '../wire/codec.ts'
import type { Message, MessageOf } from '../wire/messages.ts'
import { messageLength } from '../wire/messages.ts'
import { compoundPart } from '../wire/packet.ts'
import type { PushPull } from '../wire/stream.ts'
import { createBeliefs, ourVersions } from './beliefs.ts'
import { createBroadcasts } from './broadcasts.ts'
import { type Above, type Address, type Core, createHealth, type Network } from './core.ts'
import { createProber } from './probe.ts'
import { createRoster, isGone, type Peer, protocolOf } from './roster.ts'
import type { Table } from './table.ts'
import { fullInterval, pushPullInterval, retransmitLimit, type Timing, worstHealth } from './timing.ts'

const checksumVersion = 5
/** Besides one message per member, so many may wait to be passed on. */
const spareBroadcasts = 1024
const otherCluster = 'of another cluster'
const states = { alive: 0, suspect: 1, dead: 2, left: 3 } as const

/** A member of the mesh as a state machine: time, chance and the network come in from outside. */
export type Swim = {
  peers(): Peer[]
  peer(name: string): Peer | undefined
  /** How many, the dead and this one included. */
  known(): number
  /** 0 is good; the worse, the slower we judge others. */
  health(): number
  /** Messages that wait to be passed on. */
  waiting(): number
  receive(message: Message, from: Address): void
  /** The other side of a push/pull: their state in, ours out. @throws {WireError} for one of another cluster */
  answer(theirs: PushPull): PushPull
  answerPing(ping: MessageOf<'ping'>): MessageOf<'ack'> | undefined
  /** The same at members to whom a full exchange with this one would tell nothing of the living. */
  digest(): string
  /** Exchanges everything with the member at this address. */
  join(to: Address, done: (failure: Error | undefined) => void): void
  broadcast(name: string, message: Message, finished?: () => void): void
  send(to: Address & { name?: string }, message: Message): void
  setMeta(meta: Uint8Array): void
  /** Says that we leave; `done` when it has been told often enough. */
  leave(done: () => void): void
  /** Ends all timers. */
  stop(): void
}

export function createSwim(options: {
  name: string
  address: Address
  meta: Uint8Array
  timing: Timing
  clock: Clock
  random: () => number
  network: Network
  above: Above
  log: (event: string, about: Record<string, unknown>) => void
  /** Whom it knows from the start; when it is among them, it has nothing to say about itself. */
  peers?: Table<Peer> | undefined
}): Swim {
  const { name: me, address, meta, timing, clock, random, network, above, log } = options
  const roster = createRoster(random, options.peers)
  const broadcasts = createBroadcasts({
    transmits: () => retransmitLimit(timing, roster.size()),
    most: () => roster.size() + spareBroadcasts,
  })
  const health = createHealth(worstHealth)
  const core: Core = {
    ...{ me, timing, clock, random, network, above, roster, broadcasts, health, log },
    hasLeft: false,
    send,
  }
  const beliefs = createBeliefs(core)
  const prober = createProber(core, beliefs.suspect)
  let stopped = false
  /** When everything was exchanged with anybody, monotonic milliseconds. */
  let exchangedAt = options.peers
    ? clock.monotonic() -
      random() * (fullInterval(timing, roster.size()) + pushPullInterval(timing, roster.size()))
    : Number.NEGATIVE_INFINITY
  /** Members, as they are now, that know no digests. */
  const others = new WeakSet<Peer>()
  const cancels = new Map<string, () => void>()

  if (!roster.get(me)) {
    roster.set({
      ...{ name: me, ...address, meta, vsn: ourVersions },
      ...{ incarnation: 0, state: 'alive', since: clock.monotonic() },
    })
    beliefs.announce(meta)
  }

  function send(to: Address & { name?: string }, messages: Message[]): void {
    const named = to.name === undefined ? undefined : roster.get(to.name)
    const peer = named?.host === to.host && named.port === to.port ? named : undefined
    let room = network.room()
    for (const message of messages) room -= messageLength(message) + compoundPart
    // Strangers get their answer and nothing else: no news, and no more bytes than they sent.
    const news = peer && room > 0 ? broadcasts.take(room) : []
    network.packet(to, [...messages, ...news], peer !== undefined && protocolOf(peer) >= checksumVersion)
  }

  function repeat(
    what: string,
    interval: () => number,
    run: () => void,
    firstMs = random() * interval(),
  ): void {
    const next = () => {
      run() // first: what it starts ends before the next turn
      if (!stopped) cancels.set(what, clock.after(interval(), next))
    }
    cancels.set(what, clock.after(firstMs, next))
  }

  function gossip(): void {
    const recently = clock.monotonic() - timing.gossipToTheDeadMs
    if (broadcasts.size() === 0) return
    const wanted = ({ name, state, since }: Peer) =>
      name !== me && (state === 'alive' || state === 'suspect' || (state === 'dead' && since >= recently))
    for (const peer of roster.pick(timing.gossipNodes, wanted)) {
      const news = broadcasts.take(network.room())
      if (news.length === 0) return
      network.packet(peer, news, protocolOf(peer) >= checksumVersion)
    }
  }

  /** Whoever was met before it was known that they are of another cluster is told to nobody. */
  const tellable = () =>
    above.foreign ? roster.all().filter(({ meta }) => !above.foreign?.(meta)) : roster.all()

  const ours = (join: boolean): PushPull => ({
    kind: 'pushPull',
    join,
    userState: above.state(),
    members: tellable().map(({ name, host, port, meta, vsn, incarnation, state }) => ({
      ...{ Name: name, Addr: host, Port: port, Meta: meta, Vsn: vsn },
      ...{ Incarnation: incarnation, State: states[state] },
    })),
  })

  /** Two clusters never become one mesh, whatever address leads from one into the other. */
  const isForeign = ({ members }: PushPull) =>
    above.foreign !== undefined &&
    members.some(({ State, Meta }) => State <= states.suspect && above.foreign?.(Meta))

  function merge({ members, userState }: PushPull): void {
    exchangedAt = clock.monotonic()
    for (const line of members) beliefs.merge(line)
    if (userState.length > 0) above.merge(userState)
  }

  function exchange(to: Address, join: boolean, done: (failure: Error | undefined) => void): void {
    network.exchange(to, ours(join), (answer) => {
      if (stopped) return done(new Error('stopped'))
      if (answer instanceof Error) return done(answer)
      if (isForeign(answer)) return done(new Error(otherCluster))
      merge(answer)
      done(undefined)
    })
  }

  const digest = () => `${roster.sum()} ${above.sum()}`

  /**
   * memberlist exchanges everything, which in a big mesh is much. Here members that agree, as they nearly always do, find
   * that out by a digest; everything is exchanged now and then all the same, for the dead are not in it.
   */
  function pushPull(): void {
    const [peer] = roster.pick(1, ({ name, state }) => name !== me && state === 'alive')
    if (!peer) return
    const exchangeAll = () => {
      exchange(peer, false, (failure) => {
        if (failure) log('push/pull failed', { name: peer.name, error: failure.message })
      })
    }
    const due = clock.monotonic() - exchangedAt >= fullInterval(timing, roster.size())
    if (due || others.has(peer)) exchangeAll()
    else
      network.compare(peer, digest(), (same) => {
        if (same === undefined) others.add(peer)
        if (!stopped && !same) exchangeAll()
      })
  }

  repeat('probe', () => timing.probeMs, prober.turn)
  repeat('gossip', () => timing.gossipMs, gossip)
  repeat('push/pull', () => pushPullInterval(timing, roster.size()), pushPull)

  return {
    peers: roster.all,
    peer: roster.get,
    known: roster.size,
    health: health.score,
    waiting: broadcasts.size,
    receive(message, from) {
      if (stopped) return
      if (message.kind === 'alive') beliefs.alive(message)
      else if (message.kind === 'suspect') beliefs.suspect(message)
      else if (message.kind === 'dead') beliefs.dead(message)
      else if (message.kind === 'user') above.message(message.Payload, from)
      else if (message.kind !== 'err') prober.receive(message, from)
    },
    answer(theirs) {
      if (isForeign(theirs)) throw new WireError(otherCluster)
      const answer = ours(theirs.join)
      merge(theirs)
      return answer
    },
    answerPing({ Node, SeqNo }) {
      return Node === '' || Node === me ? { kind: 'ack', SeqNo, Payload: new Uint8Array(0) } : undefined
    },
    digest,
    join: (to, done) => exchange(to, true, done),
    broadcast: broadcasts.add,
    send: (to, message) => send(to, [message]),
    setMeta: beliefs.announce,
    leave(done) {
      const self = roster.get(me)
      if (!self || core.hasLeft) return done()
      core.hasLeft = true
      const others = roster.all().some((peer) => peer.name !== me && !isGone(peer))
      const word: MessageOf<'dead'> = { kind: 'dead', Incarnation: self.incarnation, Node: me, From: me }
      beliefs.dead(word)
      if (!others) return done()
      broadcasts.add(me, word, done)
    },
    stop() {
      stopped = true
      for (const cancel of cancels.values()) cancel()
      prober.stop()
      beliefs.stop()
    },
  }
}
