import { canonicalAddress } from '../../../dns/records/address.ts'
import type { Address } from '../swim/core.ts'

export type Datagrams = {
  port: number
  send(to: Address, bytes: Uint8Array): void
  close(): void
}

/** @throws when the address cannot be bound */
export async function openDatagrams(
  { host, port }: Address,
  receive: (bytes: Uint8Array, from: Address) => void,
  failed: (error: unknown) => void,
): Promise<Datagrams> {
  const socket = await Bun.udpSocket({
    hostname: host,
    port,
    socket: {
      data(_, bytes, peerPort, peer) {
        const from = canonicalAddress(peer)
        if (from !== undefined) receive(bytes, { host: from, port: peerPort })
      },
      // A peer that is gone makes the kernel say so at some later call; SWIM finds out by itself.
      error: (_, error) => failed(error),
    },
  })
  return {
    port: socket.port,
    send(to, bytes) {
      try {
        socket.send(bytes, to.port, to.host)
      } catch (error) {
        failed(error)
      }
    },
    close: () => socket.close(),
  }
}
