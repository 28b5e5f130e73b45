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
  return async (address, request) => {
    if (address === own().address) return acceptor(request)
    const host = address.includes(':') ? `[${address}]` : address
    const response = await fetch(`http://${host}:${port}/v1/birth`, {
      method: 'POST',
      body: JSON.stringify(request),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
    return replySchema.parse(await response.json())
  }
}
