import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import { splitHostPort } from '../config/address.ts'
import { MeshboxError } from '../error.ts'

export const lookUpTypes = ['A', 'AAAA', 'SRV', 'PTR', 'NS', 'SOA', 'TXT'] as const

export type LookUp = { name: string; type: (typeof lookUpTypes)[number] }

/** What the resolver of this machine answers to everybody who asks it. */
export type LookedUp = {
  rcode: string
  answers: { name: string; type: string; ttl: number; data: string }[]
  /** Milliseconds. */
  took: number
}

const withinMs = 3000
const edns = { extendedRcode: 0, ednsVersion: 0, flag_do: false }

/**
 * Asks the resolver over UDP, as `dig` does.
 * @param listener `HOST:PORT` as it was told to listen
 * @throws MeshboxError `dns-away` when there is no answer
 */
export async function lookUp(listener: string, { name, type }: LookUp): Promise<LookedUp> {
  const { host = '', port = 0 } = splitHostPort(listener) ?? {}
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0
  const question = encode({
    ...{ type: 'query', id, flags: RECURSION_DESIRED },
    questions: [{ name: name.replace(/\.$/, ''), type }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, ...edns, options: [] }],
  })
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const started = performance.now()
  const socket = await Bun.udpSocket({
    connect: { hostname: address, port },
    socket: { data: (_, bytes) => resolve(Buffer.from(bytes)), error: (_, error) => reject(error) },
  })
  const timer = setTimeout(() => reject(away(listener)), withinMs)
  try {
    socket.send(question)
    const reply = decode(await promise)
    const took = Math.round((performance.now() - started) * 10) / 10
    return { rcode: rcodeOf(reply), answers: (reply.answers ?? []).flatMap(shown), took }
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

const away = (listener: string) =>
  new MeshboxError({
    code: 'dns-away',
    message: `cannot look it up: nobody answers at ${listener}`,
    hint: 'run `meshbox status` to see how DNS is here',
  })

/** dns-packet has it, its types do not. */
function rcodeOf(reply: object): string {
  return 'rcode' in reply ? String(reply.rcode) : ''
}

function shown(answer: Answer): LookedUp['answers'] {
  if (answer.type === 'OPT' || !('data' in answer)) return []
  const { name, type } = answer
  return [{ name: `${name}.`, type, ttl: ('ttl' in answer ? answer.ttl : 0) ?? 0, data: textOf(answer.data) }]
}

function textOf(data: unknown): string {
  if (Array.isArray(data)) return data.map((part) => JSON.stringify(String(part))).join(' ')
  if (typeof data !== 'object' || data === null) return String(data)
  return Object.values(data).join(' ')
}
