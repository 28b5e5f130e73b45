import { type Counters, observe } from '../counters.ts'
import { writeForwarded } from '../forward/write.ts'
import { ednsUdpBytes, plainUdpBytes, rcode, tcpBytes } from '../message/codes.ts'
import { parseQuery, type Query } from '../message/query.ts'
import { type Answer, type Limits, writeHeader, writeReply } from '../message/write.ts'
import type { Transfer } from '../transfer/serve.ts'
import { forwarded, outsiders, refused, tooMany } from './elsewhere.ts'
import { notifications } from './notify.ts'
import { openPrepared } from './prepared.ts'
import { ednsVersions, otherClasses, otherOpcodes } from './protocol.ts'
import { fromReverse } from './reverse.ts'
import type { Client, Said, Service, Step } from './step.ts'
import { transfers } from './transfer.ts'
import { fromZone, notLoaded } from './zone.ts'

/** The path of a query: the first step that answers ends it. */
const path: Step[] = [
  notifications,
  otherOpcodes,
  ednsVersions,
  otherClasses,
  notLoaded,
  transfers,
  fromZone,
  fromReverse,
  outsiders,
  tooMany,
  forwarded,
  refused,
]

/** So many replies are prepared for one question at most. */
const mostTurns = 64

/** Answers one request: calls `send` with the reply (valid during the call only), at once or later, or never. */
export type Responder = (request: Buffer, client: Client, send: (reply: Buffer) => void) => void

export type ResponderOptions = {
  service: Service
  counters: Counters
  truncateBit: boolean
  random: () => number
  onError: (error: unknown) => void
}

export function openResponder(options: ResponderOptions): Responder {
  const { service, counters, truncateBit, random, onError } = options
  const { queries, replies, latency } = counters
  const out = Buffer.alloc(tcpBytes)
  const prepared = openPrepared(random)
  /** When the request came in that is being answered; one at a time is. */
  let began = 0
  const failed: Answer = { rcode: rcode.servFail }

  function countReply(message: Buffer): void {
    const code = (message[3] ?? 0) & 15
    replies[code] = (replies[code] ?? 0) + 1
  }

  function reply(query: Query, answer: Said, client: Client, send: (reply: Buffer) => void): void {
    if ('messages' in answer) return void transferTo(client, answer, send)
    const limits: Limits = { size: replySize(query, client), truncateBit }
    const length =
      'reply' in answer
        ? writeForwarded(out, query, answer, limits)
        : writeReply(out, query, answer, limits, random)
    countReply(out)
    send(out.subarray(0, length))
    observe('reply' in answer ? latency.upstream : latency.zone, performance.now() - began)
  }

  /** One message after the other, as fast as the client takes them. */
  async function transferTo(
    client: Client,
    { messages }: Transfer,
    send: (reply: Buffer) => void,
  ): Promise<void> {
    try {
      for (const message of messages) {
        send(message)
        if (!(await client.drained?.())) return
      }
    } catch (error) {
      onError(error)
    }
  }

  /** Writes a reply for each record that may come first; sets with more than that many are written anew each time. */
  function prepare(query: Query, answer: Answer, client: Client): void {
    const records = Math.max(1, ...(answer.answer ?? []).map(({ set }) => set.rdata.length))
    if (records > mostTurns) return
    const limits: Limits = { size: replySize(query, client), truncateBit }
    const turns = Array.from({ length: records }, (_, turn) => {
      const length = writeReply(out, query, answer, limits, () => (turn + 0.5) / records)
      return Buffer.from(out.subarray(0, length))
    })
    prepared.keep(query.bytes, turns, answer.names?.() ?? [])
  }

  return (request, client, send) => {
    began = performance.now()
    queries[client.transport]++
    const zone = client.transport === 'udp' ? service.zone() : undefined
    const ready = zone ? prepared.take(request, zone) : 'not-worth'
    if (typeof ready !== 'string') {
      countReply(ready)
      send(ready)
      return observe(latency.zone, performance.now() - began)
    }
    const parsed = parseQuery(request)
    if (parsed.kind === 'drop') return
    if (parsed.kind === 'malformed') {
      const length = writeHeader(out, parsed.id, parsed.opcode, rcode.formErr)
      countReply(out)
      send(out.subarray(0, length))
      return
    }
    const { query } = parsed
    const answer = decide(query, client)
    if (ready === 'worth' && 'names' in answer) prepare(query, answer, client)
    if (!(answer instanceof Promise)) return reply(query, answer, client, send)
    // The socket reuses its buffer for the next request.
    const kept = { ...query, bytes: Buffer.from(query.bytes) }
    const since = began
    answer.then(
      (late) => {
        began = since
        reply(kept, late, client, send)
      },
      (error) => {
        onError(error)
        began = since
        reply(kept, failed, client, send)
      },
    )
  }

  function decide(query: Query, client: Client): Said | Promise<Said> {
    try {
      for (const step of path) {
        const answer = step(query, service, client)
        if (answer) return answer
      }
    } catch (error) {
      onError(error)
    }
    return failed
  }
}

function replySize(query: Query, client: Client): number {
  if (client.transport === 'tcp') return tcpBytes
  return query.edns ? Math.min(ednsUdpBytes, Math.max(plainUdpBytes, query.edns.size)) : plainUdpBytes
}
