import type { ZkUrl } from '../../config/zookeeper/url.ts'
import { resolveServers } from '../local/machine.ts'
import type { Memory } from '../local/memory.ts'
import type { AskPeer } from '../peer/ask.ts'
import { isKeyRefusal } from '../peer/refusal.ts'
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
export function openAsk(
  own: () => Self,
  acceptor: (request: Request) => Reply,
  others: { port: number; askPeer: AskPeer },
): Ask {
  return async (address, request) =>
    address === own().address ? acceptor(request) : askOther(address, request, others)
}

/**
 * Whether one of these machines takes part in the birth of the cluster with this path, or was born with it: then it is
 * for them to write down. Where one is written down already, only a birth with the data of that one counts.
 */
export async function anyTakesPart(
  addresses: string[],
  { path, written, ...others }: { port: number; askPeer: AskPeer; path: string; written: string | undefined },
): Promise<boolean> {
  const look: Request = { kind: 'look', path }
  const replies = addresses.map((address) => askOther(address, look, others).catch(() => undefined))
  return (await Promise.all(replies)).some((reply) => {
    if (reply === undefined || written === undefined) return reply !== undefined
    return reply.kind === 'born' && reply.birth.restored?.cluster === written
  })
}

/** The same of all machines of the URL but this one. */
export async function takesPartElsewhere(
  url: ZkUrl,
  own: string,
  others: { port: number; askPeer: AskPeer; written: string | undefined },
): Promise<boolean> {
  const addresses = (await resolveServers(url)).flatMap((server) => server.addresses)
  return anyTakesPart(
    addresses.filter((address) => address !== own),
    { ...others, path: url.path },
  )
}

/** That keys keep the two apart is an answer too: the person who waits must know. */
async function askOther(
  address: string,
  request: Request,
  { port, askPeer }: { port: number; askPeer: AskPeer },
): Promise<Reply> {
  try {
    const reply = await askPeer(address, { port, path: '/v1/birth', body: request, withinMs: timeoutMs })
    return replySchema.parse(reply)
  } catch (error) {
    if (isKeyRefusal(error)) return { kind: 'refused', reason: error.message }
    throw error
  }
}
