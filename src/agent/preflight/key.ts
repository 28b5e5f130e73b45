import { MeshboxError } from '../../error.ts'
import type { Request } from '../birth/acceptor.ts'
import { machineFacts, type ResolvedServer } from '../local/machine.ts'
import { openAskPeer } from '../peer/ask.ts'
import { isKeyRefusal } from '../peer/refusal.ts'

const withinMs = 2000
const look: Request = { kind: 'look' }

/**
 * Whether the machines of the URL that run already have the key of this one, or none as well. Who is not reached says
 * nothing yet.
 * @param port of their API
 * @throws MeshboxError with what to give to `join`
 */
export async function checkKey(
  servers: ResolvedServer[],
  keys: readonly Uint8Array[],
  port: number,
): Promise<void> {
  const own = machineFacts().addresses
  const others = servers.flatMap(({ addresses }) => addresses).filter((address) => !own.includes(address))
  const ask = openAskPeer(() => keys)
  const request = { port, path: '/v1/birth', body: look, withinMs }
  const errors = others.map((address) =>
    ask(address, request).then(
      () => undefined,
      (error: unknown) => (isKeyRefusal(error) ? error : undefined),
    ),
  )
  const refused = (await Promise.all(errors)).find((error) => error !== undefined)
  if (!refused) return
  const { code, hint } = refused
  throw new MeshboxError({ code, message: `cannot join: ${refused.message}`, hint })
}
