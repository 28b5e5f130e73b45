import type { Responder } from '../answer/path.ts'

export type Listener = { port: number; close(): void }

/** Serves UDP on one address. @throws when the address cannot be bound */
export async function listenUdp(address: string, port: number, respond: Responder): Promise<Listener> {
  const socket = await Bun.udpSocket({
    hostname: address,
    port,
    socket: {
      data(own, request, peerPort, peer) {
        // A full send buffer loses the reply, like a network that drops it; the client asks again.
        respond(request, { transport: 'udp', address: peer }, (reply) => void own.send(reply, peerPort, peer))
      },
    },
  })
  return { port: socket.port, close: () => socket.close() }
}
