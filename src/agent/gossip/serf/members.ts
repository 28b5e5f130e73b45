import type { Clock } from '../../../clock.ts'
import type { Peer } from '../swim/roster.ts'
import { createTable, type Table, weightOf } from '../swim/table.ts'
import type { SerfMessageOf } from '../wire/serf.ts'
import { decodeTags, type Tags } from '../wire/tags.ts'
import { type Lamport, mostTime } from './lamport.ts'

/** A member as long as it is worth showing: also those that failed or left, which SWIM soon forgets. */
export type Known = Readonly<{
  name: string
  host: string
  port: number
  tags: Tags
  incarnation: number
  status: 'alive' | 'leaving' | 'failed' | 'left'
  /** Lamport time of the last word about joining or leaving. */
  time: number
  /** Of failed and left ones; monotonic milliseconds. */
  goneAt: number
}>

/** The failed and the left are shown for a day (serf's ReconnectTimeout, TombstoneTimeout), and so many at most. */
const shownMs = 24 * 3600_000
const mostGone = 10_000
/** Words about members whom we do not know yet. */
const intentMs = 300_000
const mostIntents = 1024

/** What a word of leaving makes of a member. */
const leftNow = { alive: 'leaving', leaving: 'leaving', failed: 'left', left: 'left' } as const

/** The words about joining and leaving that an exchange would bring. */
function weigh({ name, status, time }: Known): number {
  return status === 'alive' || status === 'leaving' ? weightOf(`${name}\n${status}\n${time}`) : 0
}

export const createKnown = (): Table<Known> => createTable(weigh)

type Intent = { kind: 'join' | 'leave'; time: number; at: number }
type Change = 'joined' | 'updated' | 'failed' | 'left'

/** serf's view of the members: SWIM's, with the intentions to join and leave. */
export type Members = {
  all(): Known[]
  get(name: string): Known | undefined
  failed(): Known[]
  /** See `Table.sum`. */
  sum(): number
  joined(peer: Peer): void
  updated(peer: Peer): void
  gone(peer: Peer): void
  /** Drops whom nobody needs to see any more; wanted now and then. */
  forget(): void
  /** True when this was news, to be passed on. */
  intend(word: SerfMessageOf<'join' | 'leave'>): boolean
}

export function createMembers(options: {
  me: string
  lamport: Lamport
  clock: Clock
  changed(change: Change, member: Known): void
  /** Somebody says that we leave, and we do not. */
  refute(): void
  leaving(): boolean
  /** Whom it knows from the start. */
  known?: Table<Known> | undefined
}): Members {
  const { me, lamport, clock, changed, known = createKnown() } = options
  const intents = new Map<string, Intent>()

  function remember(name: string, intent: Intent): boolean {
    const old = intents.get(name)
    if (old && old.time >= intent.time && intent.at - old.at < intentMs) return false
    if (intents.size >= mostIntents) {
      const [oldest] = intents.keys()
      if (oldest !== undefined) intents.delete(oldest)
    }
    intents.delete(name)
    intents.set(name, intent)
    return true
  }

  function forget(): void {
    const before = clock.monotonic() - shownMs
    const gone = known.all().filter(({ status }) => status === 'failed' || status === 'left')
    const tooMany = Math.max(0, gone.length - mostGone)
    gone.sort((a, b) => a.goneAt - b.goneAt)
    gone.forEach(({ name, goneAt }, i) => {
      if (i < tooMany || goneAt < before) known.delete(name)
    })
  }

  function leave(member: Known, word: SerfMessageOf<'leave'>): boolean {
    if (member.name === me && !options.leaving()) {
      options.refute()
      return false
    }
    const status = leftNow[member.status]
    const now = { ...member, status, time: word.LTime }
    known.set(now)
    if (member.status === 'failed') changed('left', now)
    return true
  }

  return {
    all: known.all,
    get: known.get,
    sum: known.sum,
    failed: () => known.all().filter(({ status }) => status === 'failed'),
    joined(peer) {
      const { name, host, port, incarnation } = peer
      const intent = intents.get(name)
      intents.delete(name)
      const time = Math.max(intent?.time ?? 0, known.get(name)?.time ?? 0)
      const status = intent?.kind === 'leave' ? 'leaving' : 'alive'
      const member: Known = {
        name,
        host,
        port,
        incarnation,
        tags: decodeTags(peer.meta),
        status,
        time,
        goneAt: 0,
      }
      known.set(member)
      changed('joined', member)
    },
    updated(peer) {
      const member = known.get(peer.name)
      if (!member) return
      const now = { ...member, tags: decodeTags(peer.meta), incarnation: peer.incarnation }
      known.set(now)
      changed('updated', now)
    },
    gone(peer) {
      const member = known.get(peer.name)
      if (!member) return
      const status = peer.state === 'left' || member.status === 'leaving' ? 'left' : 'failed'
      const now: Known = { ...member, status, goneAt: clock.monotonic() }
      known.set(now)
      changed(status, now)
      forget()
    },
    forget,
    intend(word) {
      if (word.LTime >= mostTime) return false
      lamport.witness(word.LTime)
      const member = known.get(word.Node)
      if (!member) return remember(word.Node, { kind: word.kind, time: word.LTime, at: clock.monotonic() })
      if (word.LTime <= member.time) return false
      if (word.kind === 'leave') return leave(member, word)
      const status = member.status === 'leaving' ? 'alive' : member.status
      known.set({ ...member, status, time: word.LTime })
      return true
    },
  }
}
