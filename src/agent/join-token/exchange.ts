import type { TLSSocket } from 'node:tls'
import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import { ringSchema } from '../key/keyring.ts'

/** What goes over TLS, a line of JSON each way. The protocol has a number, for another version of meshbox may ask. */
export const requestSchema = z.object({
  protocol: z.literal(1),
  id: z.string().max(64),
  secret: z.base64(),
  claim: z.string().max(64),
  name: z.string().max(255),
  /** All addresses of the machine: by them it is a controller, or not. */
  addresses: z.array(z.string().max(64)).max(256),
})

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('key'), ring: ringSchema }),
  z.object({
    kind: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  }),
])

export type Request = z.output<typeof requestSchema>
export type Reply = z.output<typeof replySchema>

const mostBytes = 64 * 1024

/** One line. Rejects with the system's error, or when it is too long, does not end, or takes too long. */
export function readLine(socket: TLSSocket, clock: Clock, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const fail = (why: string) => reject(new MeshboxError({ code: 'join-token-line', message: why }))
    const cancel = clock.after(withinMs, () => {
      fail(`no answer within ${withinMs} ms`)
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      cancel()
      fail('the connection was closed without an answer')
    })
    socket.on('data', (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString()
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
      else if (text.length > mostBytes) socket.destroy()
    })
  })
}
