import type { Clock } from '../../../clock.ts'
import type { Above, Address } from '../swim/core.ts'
import type { Peer } from '../swim/roster.ts'
import type { Table } from '../swim/table.ts'
import { WireError } from '../wire/codec.ts'
import type { Keyring } from '../wire/keyring.ts'
import { decodeSerf, encodeSerf, readRelay, type SerfMessage, type SerfMessageOf } from '../wire/serf.ts'
import { answerKeyQuery } from './keys.ts'
import { createLamport } from './lamport.ts'
import { createMembers, type Known, type Members } from './members.ts'
import { createQueries, type Queries } from './queries.ts'
import { createSeen } from './seen.ts'

/** serf's part on top of SWIM: intentions, queries, and passing on what others say. */
export type Serf = {
  /** What SWIM tells it. */
  above: Pick<Above, 'joined' | 'updated' | 'gone' | 'message' | 'state' | 'merge' | 'sum'>
  members: Members
  queries: Queries
  announceJoin(): void
  /** From now on we leave; `finished` when that has gone out often enough. */
  announceLeave(finished: () => void): void
  /** Says of one that failed that it left. */
  announceLeft(name: string): void
}

export function createSerf(deps: {
  me: string
  address: Address
  clock: Clock
  random: () => number
  keyring: Keyring
  keysChanged: () => void
  changed(kind: 'joined' | 'updated' | 'failed' | 'left', member: Known): void
  log: (event: string, about: Record<string, unknown>) => void
  peers(): readonly Peer[]
  /** To everyone, as news; a newer one of the same name takes its place. */
  spread(name: string, payload: Uint8Array, finished?: () => void): void
  send(to: Address & { name?: string }, payload: Uint8Array): void
  known?: Table<Known> | undefined
}): Serf {
  const { me, address, clock, random, keyring, keysChanged, changed, log, peers, spread, send, known } = deps
  const lamport = createLamport()
  const firstEvent = createSeen()
  let leaving = false
  const members = createMembers({
    ...{ me, lamport, clock, changed, known },
    refute: () => announceJoin(),
    leaving: () => leaving,
  })
  const queries = createQueries({
    ...{ me, clock, random, broadcast: spread, send },
    self: () => address,
    respond(name, payload, most) {
      if (name === '_serf_conflict') return whoHas(Buffer.from(payload).toString())
      return answerKeyQuery(name, payload, most, { keyring, changed: keysChanged })
    },
  })

  function whoHas(name: string): Uint8Array | undefined {
    const member = members.get(name)
    if (!member || name === me) return undefined
    return encodeSerf({ kind: 'conflict', Name: name, Addr: member.host, Port: member.port })
  }

  /** What cannot be read is passed over. */
  function reading(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      log('serf message not understood', { error: error.message })
    }
  }

  /** News are passed on as they came. */
  function hear(payload: Uint8Array): void {
    const relay = readRelay(payload)
    if (relay) {
      passOn(relay)
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

  /** To members alone: nobody uses us to reach others. */
  function passOn(relay: Address & { payload: Uint8Array }): void {
    const peer = peers().find(({ host, port }) => host === relay.host && port === relay.port)
    if (peer) send(peer, relay.payload)
  }

  function state(): SerfMessage {
    const all = members.all()
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

  function spreadLeave(Node: string, finished?: () => void): void {
    const word: SerfMessageOf<'leave'> = { kind: 'leave', LTime: lamport.time(), Node, Prune: false }
    lamport.increment()
    members.intend(word)
    spread(`intent ${Node}`, encodeSerf(word), finished)
  }

  return {
    members,
    queries,
    above: {
      joined: members.joined,
      updated: members.updated,
      gone: members.gone,
      message: (payload) => reading(() => hear(payload)),
      state: () => encodeSerf(state()),
      sum: members.sum,
      merge(bytes) {
        reading(() => {
          const theirs = decodeSerf(bytes)
          if (theirs.kind === 'pushPull') merge(theirs)
        })
      },
    },
    announceJoin,
    announceLeave(finished) {
      leaving = true
      spreadLeave(me, finished)
    },
    announceLeft: (name) => spreadLeave(name),
  }
}
