import { createServer, type Socket } from 'node:net'
import type { Clock } from '../../../clock.ts'
import { canonicalAddress } from '../../../config/address.ts'
import { messageOf } from '../../../error.ts'
import type { Address } from '../swim/core.ts'
import { WireError } from '../wire/codec.ts'
import type { Envelope } from '../wire/packet.ts'
import { encodeStream, type StreamMessage } from '../wire/stream.ts'
import { askStream, type Open, readMessage } from './exchange.ts'

/** The first byte of a stream that speaks TLS (RFC 8446, 5.1: a record of the handshake); no message of ours begins so. */
const tlsRecord = 22

/** memberlist's limit of exchanges at the same time. */
const mostStreams = 128

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
  /** The answer to a message that came from an IP address; undefined when there is none to give. */
  answer(message: StreamMessage, from: string): StreamMessage | undefined
  refused(why: string, from: string): void
  /** Takes over a stream that speaks TLS, which is none of gossip's, from its first byte on. */
  secure?: ((socket: Socket, from: string) => void) | undefined
}): Promise<Streams> {
  const { bind, envelope, timing, clock, answer, refused, secure } = options
  const open: Open = new Map()
  /** Those of others, the longest silent first. */
  const asking = new Set<Socket>()

  const server = createServer((socket) => {
    // Honest streams are short: among too many the one that has been silent longest is the one to cut.
    if (asking.size >= mostStreams) {
      const [longest] = asking
      if (longest) {
        asking.delete(longest)
        longest.destroy()
      }
    }
    const spoke = () => {
      asking.delete(socket)
      asking.add(socket)
    }
    spoke()
    socket.on('close', () => asking.delete(socket))
    if (!secure) {
      socket.on('data', spoke)
      return void serve(socket)
    }
    const cancel = clock.after(timing.streamTimeoutMs, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', cancel)
    socket.once('data', (first: Uint8Array) => {
      cancel()
      socket.pause()
      socket.unshift(first)
      if (first[0] === tlsRecord) return secure(socket, addressOf(socket))
      socket.on('data', spoke)
      void serve(socket)
      socket.resume()
    })
  })

  const addressOf = ({ remoteAddress = '' }: Socket) => canonicalAddress(remoteAddress) ?? ''

  async function serve(socket: Socket): Promise<void> {
    const from = `${socket.remoteAddress}:${socket.remotePort}`
    try {
      const host = addressOf(socket)
      const withinMs = timing.streamTimeoutMs
      const reply = answer(await readMessage(socket, { envelope, clock, withinMs, open }), host)
      if (reply) socket.end(encodeStream(reply, envelope))
      else socket.end()
    } catch (error) {
      if (error instanceof WireError)
        socket.end(encodeStream({ kind: 'err', Error: error.message }, envelope))
      else socket.destroy()
      refused(messageOf(error), from)
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...bind, exclusive: true }, resolve)
  })
  server.on('error', (error) => refused(error.message, 'the listener'))
  const bound = server.address()

  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : bind.port,
    ask: (to, message, withinMs) => askStream(to, message, { envelope, clock, withinMs, open }),
    async close() {
      for (const socket of [...open.keys(), ...asking]) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
