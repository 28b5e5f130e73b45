import { connect, type Socket } from 'node:net'
import type { Clock } from '../../../clock.ts'
import { MeshboxError, messageOf } from '../../../error.ts'
import type { Address } from '../swim/core.ts'
import { WireError } from '../wire/codec.ts'
import type { Envelope } from '../wire/packet.ts'
import { createStreamReader, encodeStream, type StreamMessage } from '../wire/stream.ts'

/** Bytes of unfinished messages that all streams together may hold. */
const mostHeld = 64 * 1024 * 1024

/** Streams that are read, and how many bytes each holds for a message that is not whole yet. */
export type Open = Map<Socket, () => number>

type Reading = {
  envelope: Envelope
  clock: Clock
  withinMs: number
  /** Those that share a bound of memory with this one. */
  open?: Open
}

/**
 * Sends a message and gives the answer to it. Rejects with the system's error, with a WireError, or with a MeshboxError
 * `gossip-silent` (nothing came in time), `gossip-closed` (the other side had nothing to say) or `gossip-refused`.
 */
export async function askStream(
  to: Address,
  message: StreamMessage,
  reading: Reading,
): Promise<StreamMessage> {
  const socket = connect(to)
  socket.once('connect', () => socket.write(encodeStream(message, reading.envelope)))
  try {
    const reply = await readMessage(socket, reading)
    if (reply.kind === 'err') throw failure('gossip-refused', `it says: ${reply.Error}`)
    return reply
  } finally {
    socket.destroy()
  }
}

/** One message. The stream is cut when it takes too long as a whole, the answer to it included. */
export function readMessage(
  socket: Socket,
  { envelope, clock, withinMs, open = new Map() }: Reading,
): Promise<StreamMessage> {
  const reader = createStreamReader(envelope)
  open.set(socket, reader.held)
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(error)
    const closed = () => fail(failure('gossip-closed', 'the connection was closed without an answer'))
    const cancel = clock.after(withinMs, () => {
      fail(failure('gossip-silent', `no answer within ${withinMs} ms`))
      socket.destroy()
    })
    socket.on('error', fail)
    socket.on('close', () => {
      cancel()
      open.delete(socket)
      closed()
    })
    socket.on('end', closed)
    let done = false
    socket.on('data', (chunk: Uint8Array) => {
      if (done) return
      try {
        let held = 0
        for (const each of open.values()) held += each()
        if (held > mostHeld) throw new WireError('too many bytes are held for unfinished messages')
        const message = reader.push(chunk)
        if (!message) return
        done = true
        resolve(message)
      } catch (error) {
        done = true
        fail(error instanceof WireError ? error : new WireError(messageOf(error)))
      }
    })
  })
}

function failure(code: string, message: string): MeshboxError {
  return new MeshboxError({ code, message })
}
