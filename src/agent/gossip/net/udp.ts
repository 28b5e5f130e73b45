import { canonicalAddress, isIPv6 } from '../../../config/address.ts'
import type { Address } from '../swim/core.ts'

export type Datagrams = {
  port: number
  send(to: Address, bytes: Uint8Array): void
  close(): void
}

/** @throws when the address cannot be bound */
export async function openDatagrams(
  bind: Address,
  receive: (bytes: Uint8Array, from: Address) => void,
  failed: (error: unknown) => void,
): Promise<Datagrams> {
  const socket = await Bun.udpSocket({
    hostname: bind.host,
    port: bind.port,
    socket: {
      data(_, bytes, peerPort, peer) {
        const from = canonicalAddress(peer)
        if (from !== undefined) receive(bytes, { host: from, port: peerPort })
      },
      // A peer that is gone makes the kernel say so at some later call; SWIM finds out by itself.
      error: (_, error) => failed(error),
    },
  })
  /** A socket of IPv6 reaches IPv4 by mapped addresses alone. */
  const mapped = isIPv6(bind.host)
  return {
    port: socket.port,
    send(to, bytes) {
      try {
        socket.send(bytes, to.port, mapped && !isIPv6(to.host) ? `::ffff:${to.host}` : to.host)
      } catch (error) {
        failed(error)
      }
    },
    close: () => socket.close(),
  }
}
