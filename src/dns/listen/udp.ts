import type { Responder } from '../answer/path.ts'
import { ednsUdpBytes } from '../message/codes.ts'

export type Listener = { port: number; close(): void }

/** Replies that leave together: those to requests that came in together. */
const mostTogether = 64

/** Serves UDP on one address. @throws when the address cannot be bound */
export async function listenUdp(address: string, port: number, respond: Responder): Promise<Listener> {
  const room = Buffer.alloc(mostTogether * ednsUdpBytes)
  let filled = 0
  let leaving: (Buffer | number | string)[] = []
  let due = false

  function flush(): void {
    due = false
    const all = leaving
    leaving = []
    filled = 0
    for (let at = 0; at < all.length; ) {
      const sent = sendSome(at === 0 ? all : all.slice(at))
      // A full send buffer loses the rest, like a network that drops it; clients ask again.
      if (sent === 0) return
      at += 3 * sent
    }
  }

  /** How many have gone. A peer that cannot be reached (its address may be forged) counts as one, and costs no other. */
  function sendSome(some: typeof leaving): number {
    if (socket.closed) return 0
    try {
      return socket.sendMany(some)
    } catch {
      return 1
    }
  }

  const socket = await Bun.udpSocket({
    hostname: address,
    port,
    socket: {
      data(_, request, peerPort, peer) {
        respond(request, { transport: 'udp', address: peer }, (reply) => {
          reply.copy(room, filled)
          leaving.push(room.subarray(filled, filled + reply.length), peerPort, peer)
          filled += reply.length
          if (leaving.length === mostTogether * 3) flush()
          else if (!due) {
            due = true
            setImmediate(flush)
          }
        })
      },
      // Somebody did not wait for the reply. Unheard, it would be an error of the whole process.
      error: () => {},
    },
  })
  return { port: socket.port, close: () => socket.close() }
}
