import type { Clock } from '../../clock.ts'
import type { Upstream } from '../../config/dns.ts'
import type { Counters } from '../counters.ts'
import { extendedError, rcode } from '../message/codes.ts'
import type { Query } from '../message/query.ts'
import type { Answer } from '../message/write.ts'
import { openReplyCache } from './cache.ts'
import type { Exchange } from './exchange.ts'
import type { UpstreamReply } from './reply.ts'
import { openHealth, type Routes, upstreamsFor } from './upstreams.ts'
import type { Forwarded } from './write.ts'

/** Answers a query for a name outside the domain; undefined when there is nobody to ask. */
export type Forwarder = (query: Query) => Forwarded | Answer | Promise<Forwarded | Answer> | undefined

export type ForwarderOptions = {
  routes: Routes
  timeoutMs: number
  clock: Clock
  exchange: Exchange
  counters: Counters['forwarded']
}

const cacheBytes = 32 * 1024 * 1024
/** Questions under way at the same time; more are answered SERVFAIL at once. */
const mostUnderWay = 2_000
/** After so long without a reply the next upstream is asked as well, in ms. */
const headStartMs = 400

const nobodyAnswers: Answer = {
  rcode: rcode.servFail,
  recursionAvailable: true,
  extendedError: { code: extendedError.noReachableAuthority, text: 'no upstream server answers' },
}

/** Forwards with a cache; equal questions under way are asked once. */
export function openForwarder(options: ForwarderOptions): Forwarder {
  const { routes, timeoutMs, clock, exchange, counters } = options
  const cache = openReplyCache(clock.monotonic, cacheBytes)
  const health = openHealth(clock.monotonic)
  const underWay = new Map<string, Promise<UpstreamReply | undefined>>()

  async function ask(query: Query, upstreams: Upstream[]): Promise<UpstreamReply | undefined> {
    const tries: Promise<UpstreamReply | undefined>[] = []
    let failing: UpstreamReply | undefined
    for (const upstream of health.order(upstreams)) {
      tries.push(one(upstream, query))
      const early = await firstGood(tries, headStartMs, clock)
      if (early) return early
    }
    for (const found of await Promise.all(tries)) {
      if (found && isGood(found)) return found
      failing ??= found
    }
    return failing
  }

  async function one(upstream: Upstream, query: Query): Promise<UpstreamReply | undefined> {
    counters.asked++
    try {
      const reply = await exchange(upstream, query, timeoutMs)
      health.answered(upstream)
      return reply
    } catch {
      counters.failed++
      health.failed(upstream)
      return undefined
    }
  }

  return (query) => {
    const upstreams = upstreamsFor(query.key, routes)
    if (upstreams.length === 0) return undefined
    const question = questionOf(query)
    const known = cache.get(question)
    if (known) {
      counters.cached++
      return known
    }
    if (underWay.has(question)) counters.joined++
    else {
      if (underWay.size >= mostUnderWay) return nobodyAnswers
      // The bytes belong to the socket, which goes on to the next request.
      const asking = ask({ ...query, bytes: Buffer.from(query.bytes) }, upstreams).finally(() =>
        underWay.delete(question),
      )
      underWay.set(question, asking)
      asking.then((reply) => reply && cache.put(question, reply)).catch(() => {})
    }
    return underWay.get(question)?.then((reply) => (reply ? { reply, age: 0 } : nobodyAnswers))
  }
}

/** Everything that may change the upstream's reply. */
function questionOf(query: Query): string {
  const bits = (query.flags & 0x0110) | (query.edns?.dnssecOk ? 1 : 0)
  return `${query.key} ${query.type} ${query.class} ${bits}`
}

/** A server that fails or refuses leaves the word to the next one. */
function isGood({ rcode: code }: UpstreamReply): boolean {
  return code === rcode.noError || code === rcode.nxDomain
}

/** The first good reply among those under way, for as long as the newest one has its head start. */
async function firstGood(
  tries: Promise<UpstreamReply | undefined>[],
  ms: number,
  clock: Clock,
): Promise<UpstreamReply | undefined> {
  const { promise, resolve } = Promise.withResolvers<UpstreamReply | undefined>()
  const cancel = clock.after(ms, () => resolve(undefined))
  for (const attempt of tries)
    attempt.then((reply) => reply && isGood(reply) && resolve(reply)).catch(() => {})
  tries.at(-1)?.then(
    (reply) => !(reply && isGood(reply)) && resolve(undefined),
    () => resolve(undefined),
  )
  const found = await promise
  cancel()
  return found
}
