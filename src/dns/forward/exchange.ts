import type { Upstream } from '../../config/dns.ts'
import { frame, openFrames } from '../listen/frames.ts'
import { headerBytes } from '../message/codes.ts'
import type { Query } from '../message/query.ts'
import { writeOpt } from '../message/write.ts'
import { type Asked, parseReply, type UpstreamReply } from './reply.ts'

/** One question to one upstream; rejects when there is no usable reply in time. */
export type Exchange = (upstream: Upstream, query: Query, timeoutMs: number) => Promise<UpstreamReply>

/** The query as it goes to an upstream: an id of our own, the question as it was spelled, EDNS of our own. */
function upstreamQuery(query: Query, id: number): Buffer {
  const message = Buffer.alloc(query.questionEnd + 11)
  query.bytes.copy(message, 0, 0, query.questionEnd)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(query.flags & 0x0130, 2)
  message.fill(0, 6, headerBytes)
  message.writeUInt16BE(1, 10)
  writeOpt(message, query.questionEnd, 0, query.edns?.dnssecOk ?? false, undefined)
  return message
}

function asked(query: Query): Asked {
  const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0
  return { id, key: query.key, type: query.type, class: query.class }
}

/** Over UDP from a port of its own, and over TCP when the reply is cut short. Replies that do not match are waited past. */
export const exchange: Exchange = async (upstream, query, timeoutMs) => {
  const reply = await overUdp(upstream, query, timeoutMs)
  if (!reply.truncated) return reply
  return overTcp(upstream, query, timeoutMs).catch(() => reply)
}

async function overUdp(upstream: Upstream, query: Query, timeoutMs: number): Promise<UpstreamReply> {
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
    socket.send(upstreamQuery(query, wanted.id))
    return await promise
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

async function overTcp(upstream: Upstream, query: Query, timeoutMs: number): Promise<UpstreamReply> {
  const wanted = asked(query)
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>()
  const timer = setTimeout(() => reject(new Error('no reply in time')), timeoutMs)
  const take = openFrames()
  const opening = Bun.connect({
    hostname: upstream.address,
    port: upstream.port,
    socket: {
      open: (socket) => void socket.write(frame(upstreamQuery(query, wanted.id))),
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
