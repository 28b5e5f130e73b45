import type { Upstream } from '../../config/dns.ts'
import { frame, openFrames } from '../listen/frames.ts'
import { headerBytes, rcode } from '../message/codes.ts'
import type { Query } from '../message/query.ts'
import { writeOpt } from '../message/write.ts'
import { type Asked, parseReply, type UpstreamReply } from './reply.ts'

/** One question to one upstream; rejects when there is no usable reply in time. */
export type Exchange = (upstream: Upstream, query: Query, timeoutMs: number) => Promise<UpstreamReply>

type Ask = { upstream: Upstream; query: Query; timeoutMs: number; edns: boolean }

/** The query as it goes to an upstream: an id of our own, the question as it was spelled, EDNS of our own. */
function upstreamQuery({ query, edns }: Ask, id: number): Buffer {
  const message = Buffer.alloc(query.questionEnd + (edns ? 11 : 0))
  query.bytes.copy(message, 0, 0, query.questionEnd)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(query.flags & 0x0130, 2)
  message.fill(0, 6, headerBytes)
  if (!edns) return message
  message.writeUInt16BE(1, 10)
  writeOpt(message, query.questionEnd, 0, query.edns?.dnssecOk ?? false, undefined)
  return message
}

function asked(query: Query): Asked {
  const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0
  return { id, key: query.key, type: query.type, class: query.class }
}

/**
 * Over UDP from a port of its own, and over TCP when the reply is cut short. Replies that do not match are waited past. A
 * server that cannot read the question is asked again without EDNS (RFC 6891 section 7).
 */
export const exchange: Exchange = async (upstream, query, timeoutMs) => {
  const ask = { upstream, query, timeoutMs, edns: true }
  const reply = await once(ask)
  if (reply.rcode !== rcode.formErr) return reply
  return once({ ...ask, edns: false }).catch(() => reply)
}

async function once(ask: Ask): Promise<UpstreamReply> {
  const reply = await overUdp(ask)
  if (!reply.truncated) return reply
  return overTcp(ask).catch(() => reply)
}

async function overUdp(ask: Ask): Promise<UpstreamReply> {
  const { upstream, query, timeoutMs } = ask
  const wanted = asked(query)
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>()
  const socket = await Bun.udpSocket({
    connect: { hostname: upstream.address, port: upstream.port },
    socket: {
      data(_, bytes) {
        const reply = parseReply(Buffer.from(bytes), wanted)
        if (reply) resolve(reply)
      },
      error: (_, error) => reject(error),
    },
  })
  const timer = setTimeout(() => reject(new Error('no reply in time')), timeoutMs)
  try {
    socket.send(upstreamQuery(ask, wanted.id))
    return await promise
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

async function overTcp(ask: Ask): Promise<UpstreamReply> {
  const { upstream, query, timeoutMs } = ask
  const wanted = asked(query)
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>()
  const timer = setTimeout(() => reject(new Error('no reply in time')), timeoutMs)
  const take = openFrames()
  const opening = Bun.connect({
    hostname: upstream.address,
    port: upstream.port,
    socket: {
      open: (socket) => void socket.write(frame(upstreamQuery(ask, wanted.id))),
      data(_, chunk) {
        for (const bytes of take(chunk)) {
          const reply = parseReply(Buffer.from(bytes), wanted)
          if (reply) resolve(reply)
        }
      },
      close: () => reject(new Error('it closed the connection')),
      error: (_, error) => reject(error),
    },
  })
  opening.catch(reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    opening.then(
      (socket) => socket.end(),
      () => {},
    )
  }
}
