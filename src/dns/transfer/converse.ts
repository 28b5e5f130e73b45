import { type DecodedPacket, decode } from 'dns-packet'
import type { Upstream } from '../../config/dns.ts'
import { frame, openFrames } from '../listen/frames.ts'

/** Gets nothing at first, then each message; asks what it wants to, and says when it has enough. */
export type See = (packet: DecodedPacket | undefined, ask: (message: Buffer) => void) => boolean

/** A zone that is longer than this is none. */
const mostBytes = 1024 * 1024 * 1024

/**
 * Talks to a name server over one connection.
 * @throws Error when it does not answer in time, closes before `see` has enough, or says what cannot be read
 */
export async function converse({ address, port }: Upstream, timeoutMs: number, see: See): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('it does not answer in time')), timeoutMs)
  const take = openFrames()
  let received = 0
  const opening = Bun.connect({
    hostname: address,
    port,
    socket: {
      open: (socket) => void see(undefined, (message) => void socket.write(frame(message))),
      data(socket, chunk) {
        received += chunk.length
        if (received > mostBytes) return reject(new Error(`its zone is longer than ${mostBytes} bytes`))
        try {
          for (const message of take(chunk)) {
            if (see(decode(message), (next) => void socket.write(frame(next)))) return resolve()
          }
        } catch (error) {
          reject(error)
        }
      },
      close: () => reject(new Error('it closed the connection')),
      error: (_, error) => reject(error),
    },
  })
  opening.catch(reject)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    opening.then(
      (socket) => socket.end(),
      () => {},
    )
  }
}
