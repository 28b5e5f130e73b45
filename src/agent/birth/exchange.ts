import { joinHostPort } from '../../config/address.ts'
import type { Memory } from '../local/memory.ts'
import { answer, newAcceptor, type Reply, type Request, replySchema, type Self } from './acceptor.ts'
import type { Ask } from './propose.ts'

const timeoutMs = 2000

/** Answers by what is on this machine's disk; what it promises is there before it is said. */
export function openAcceptor(memory: Memory, own: () => Self): (request: Request) => Reply {
  return (request) => {
    const { state, reply } = answer(memory.recall('acceptor') ?? newAcceptor, request, own())
    if (state) memory.remember('acceptor', state)
    return reply
  }
}

/** Asks this machine itself without a detour, the others over their API. */
export function openAsk(own: () => Self, acceptor: (request: Request) => Reply, port: number): Ask {
  return async (address, request) =>
    address === own().address ? acceptor(request) : askOther(address, port, request)
}

/**
 * Whether one of these machines takes part in the birth of the cluster with this path, or was born with it: then it is
 * for them to write down.
 */
export async function anyTakesPart(
  addresses: string[],
  { port, path }: { port: number; path: string },
): Promise<boolean> {
  const look: Request = { kind: 'look', path }
  const replies = addresses.map((address) => askOther(address, port, look).catch(() => undefined))
  return (await Promise.all(replies)).some((reply) => reply !== undefined)
}

async function askOther(address: string, port: number, request: Request): Promise<Reply> {
  const response = await fetch(`http://${joinHostPort(address, port)}/v1/birth`, {
    method: 'POST',
    body: JSON.stringify(request),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  return replySchema.parse(await response.json())
}
