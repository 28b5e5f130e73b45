import type { Clock } from '../../../clock.ts'
import type { Address } from '../swim/core.ts'
import { encodeSerf, namesOfFilter, type SerfMessage, type SerfMessageOf } from '../wire/serf.ts'
import { createLamport } from './lamport.ts'
import { createSeen } from './seen.ts'

/** serf's flags of queries and responses. */
export const flags = { ack: 1, noBroadcast: 2 } as const
/** serf's QueryResponseSizeLimit. */
const responseSize = 1024
const mostRunning = 64

/** What members ask each other: the question goes to all as news, each answers the asker directly. */
export type Queries = {
  time(): number
  witness(time: number): void
  /** Somebody's question. True when it is to be passed on. */
  asked(query: SerfMessageOf<'query'>): boolean
  answered(response: SerfMessageOf<'queryResponse'>): void
  /** Asks everyone, this member included. `done` after `timeoutMs`, or as soon as `enough` answered. */
  ask(question: {
    name: string
    payload: Uint8Array
    timeoutMs: number
    enough: number
    answer: (from: string, payload: Uint8Array) => void
    done: () => void
  }): void
  /** Ends what we still ask, with the answers so far. */
  stop(): void
}

type Running = { answer(from: string, payload: Uint8Array): void }

export function createQueries(deps: {
  me: string
  self: () => Address
  clock: Clock
  random: () => number
  broadcast(name: string, payload: Uint8Array): void
  send(to: Address & { name?: string }, payload: Uint8Array): void
  /** Answers to serf's own queries, by name. Undefined: no answer. */
  respond(name: string, payload: Uint8Array, most: number): Uint8Array | undefined
}): Queries {
  const { me, clock } = deps
  const lamport = createLamport()
  const first = createSeen()
  const running = new Map<string, Running>()
  /** Each ends one question of ours. */
  const ends = new Set<() => void>()

  function reply(query: SerfMessageOf<'query'>, Flags: number, Payload: Uint8Array): void {
    const response: SerfMessage = {
      kind: 'queryResponse',
      LTime: query.LTime,
      ID: query.ID,
      From: me,
      Flags,
      Payload,
    }
    const bytes = encodeSerf(response)
    if (bytes.length > responseSize || query.Addr === '' || query.Port === 0) return
    deps.send({ host: query.Addr, port: query.Port, name: query.SourceNode }, bytes)
  }

  return {
    time: lamport.time,
    witness: lamport.witness,
    asked(query) {
      lamport.witness(query.LTime)
      if (!first(query.LTime, String(query.ID))) return false
      const passOn = (query.Flags & flags.noBroadcast) === 0
      // Filters by tag are Go's regular expressions; none of serf's own queries has them.
      if (!query.Filters.every((filter) => namesOfFilter(filter)?.includes(me))) return passOn
      if (query.Flags & flags.ack) reply(query, flags.ack, new Uint8Array(0))
      const answer = deps.respond(query.Name, query.Payload, responseSize - 64 - me.length)
      if (answer) reply(query, 0, answer)
      return passOn
    },
    answered({ LTime, ID, From, Flags, Payload }) {
      if ((Flags & flags.ack) === 0) running.get(`${LTime} ${ID}`)?.answer(From, Payload)
    },
    ask({ name, payload, timeoutMs, enough, answer, done }) {
      if (running.size >= mostRunning) return done()
      const query: SerfMessage = {
        kind: 'query',
        LTime: lamport.time(),
        ID: Math.floor(deps.random() * 2 ** 32),
        Addr: deps.self().host,
        Port: deps.self().port,
        SourceNode: me,
        Filters: [],
        Flags: 0,
        RelayFactor: 0,
        Timeout: timeoutMs * 1e6,
        Name: name,
        Payload: payload,
      }
      const id = `${query.LTime} ${query.ID}`
      lamport.increment()
      first(query.LTime, String(query.ID))
      const heard = new Set<string>()
      const end = () => {
        cancel()
        ends.delete(end)
        if (running.delete(id)) done()
      }
      const cancel = clock.after(timeoutMs, end)
      ends.add(end)
      running.set(id, {
        answer(from, response) {
          if (heard.has(from)) return
          heard.add(from)
          answer(from, response)
          if (heard.size >= enough) end()
        },
      })
      deps.broadcast(`query ${id}`, encodeSerf(query))
      const own = deps.respond(name, payload, responseSize)
      if (own) running.get(id)?.answer(me, own)
    },
    stop() {
      for (const end of ends) end()
    },
  }
}
