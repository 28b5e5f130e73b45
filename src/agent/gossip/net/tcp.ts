import { connect, createServer, type Socket } from 'node:net'
import type { Clock } from '../../../clock.ts'
import { messageOf } from '../../../error.ts'
import type { Address } from '../swim/core.ts'
import { WireError } from '../wire/codec.ts'
import type { Envelope } from '../wire/packet.ts'
import { createStreamReader, encodeStream, type StreamMessage } from '../wire/stream.ts'

/** memberlist's limit of exchanges at the same time. */
const mostStreams = 128
/** Bytes of unfinished messages that all streams together may hold. */
const mostHeld = 64 * 1024 * 1024

export type Streams = {
  port: number
  /** Sends a message and gives the answer to it. Rejects when there is none within `timeoutMs`. */
  ask(to: Address, message: StreamMessage, timeoutMs: number): Promise<StreamMessage>
  close(): Promise<void>
}

/** Streams carry one message each way. @throws when the address cannot be bound */
export async function openStreams(options: {
  bind: Address
  envelope: Envelope
  timing: { streamTimeoutMs: number }
  clock: Clock
  /** The answer to a message; undefined when there is none to give. */
  answer(message: StreamMessage): StreamMessage | undefined
  refused(why: string, from: string): void
}): Promise<Streams> {
  const { bind, envelope, timing, clock, answer, refused } = options
  const open = new Map<Socket, () => number>()

  const server = createServer((socket) => {
    if (open.size >= mostStreams) socket.destroy()
    else void serve(socket)
  })

  async function serve(socket: Socket): Promise<void> {
    const from = `${socket.remoteAddress}:${socket.remotePort}`
    try {
      const reply = answer(await read(socket, timing.streamTimeoutMs))
      if (reply) socket.end(encodeStream(reply, envelope))
      else socket.end()
    } catch (error) {
      if (error instanceof WireError)
        socket.end(encodeStream({ kind: 'err', Error: error.message }, envelope))
      else socket.destroy()
      refused(messageOf(error), from)
    }
  }

  /** One message. The stream is cut when it takes too long as a whole, the answer to it included. */
  function read(socket: Socket, withinMs: number): Promise<StreamMessage> {
    const reader = createStreamReader(envelope)
    open.set(socket, reader.held)
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(error)
      const cancel = clock.after(withinMs, () => {
        fail(new Error(`no answer within ${withinMs} ms`))
        socket.destroy()
      })
      socket.on('error', fail)
      socket.on('close', () => {
        cancel()
        open.delete(socket)
        fail(new Error('the connection was closed without an answer'))
      })
      socket.on('end', () => fail(new Error('the connection was closed without an answer')))
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

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...bind, exclusive: true }, resolve)
  })
  server.on('error', (error) => refused(error.message, 'the listener'))
  const bound = server.address()

  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : bind.port,
    async ask(to, message, withinMs) {
      const socket = connect(to)
      socket.once('connect', () => socket.write(encodeStream(message, envelope)))
      try {
        const reply = await read(socket, withinMs)
        if (reply.kind === 'err') throw new Error(`it says: ${reply.Error}`)
        return reply
      } finally {
        socket.destroy()
      }
    },
    async close() {
      for (const socket of open.keys()) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
