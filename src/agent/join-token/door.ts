import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Keys } from '../key/keyring.ts'
import { type Reply, readLine, requestSchema } from './exchange.ts'
import { type Identity, identityOf } from './identity.ts'
import type { JoinTokens } from './tokens.ts'

/** From the connection to the key. */
const withinMs = 15_000

/** Where machines come in with a join token: gives the keyring to each that redeems one. Takes a stream that speaks TLS. */
export type Door = (socket: Socket, from: string) => void

export function openDoor({
  keys,
  tokens,
  isController,
  clock,
  log,
}: {
  keys: Pick<Keys, 'ring' | 'bytes'>
  /** Undefined while ZooKeeper is not known. */
  tokens: () => Pick<JoinTokens, 'redeem'> | undefined
  /** Whether one of these addresses is a controller's. */
  isController: (addresses: string[]) => boolean
  clock: Clock
  log: Log
}): Door {
  let shown: { of: Uint8Array; identity: Identity } | undefined

  function identity(key: Uint8Array): Identity {
    if (shown?.of !== key) shown = { of: key, identity: identityOf(key) }
    return shown.identity
  }

  async function answer(line: string, from: string): Promise<Reply> {
    const request = requestSchema.safeParse(json(line))
    if (!request.success)
      return refused('token-request', `cannot join: ${from} is asked in a way that it does not understand`)
    const { id, secret, claim, name, addresses } = request.data
    const known = tokens()
    if (!known) return refused('token-away', 'cannot join with a token: that cluster is not born yet')
    const role = isController(addresses) ? 'controller' : 'worker'
    try {
      await known.redeem({ id, secret: Buffer.from(secret, 'base64'), claim, role, name, address: from })
      log.info({ token: id, name, address: from, role }, 'a join token is redeemed')
      return { kind: 'key', ring: keys.ring() }
    } catch (error) {
      log.warn({ token: id, name, address: from, error: messageOf(error) }, 'a join token is refused')
      if (!(error instanceof MeshboxError) || !error.code.startsWith('token-'))
        return refused('token-away', 'cannot join with a token: ZooKeeper does not answer there')
      return refused(error.code, error.message, error.hint)
    }
  }

  return (socket, from) => {
    const [primary] = keys.bytes()
    if (!primary) return void socket.destroy() // an open cluster has no key to give
    const { key, cert } = identity(primary)
    const secure = new TLSSocket(socket, { isServer: true, key, cert, minVersion: 'TLSv1.3' })
    secure.on('error', () => {})
    readLine(secure, clock, withinMs)
      .then((line) => answer(line, from))
      .then((reply) => secure.end(`${JSON.stringify(reply)}\n`))
      .catch((error) => {
        log.debug({ from, error: messageOf(error) }, 'no join token came')
        secure.destroy()
      })
  }
}

const refused = (code: string, message: string, hint?: string): Reply => ({
  ...{ kind: 'refused', code, message },
  ...(hint === undefined ? {} : { hint }),
})

function json(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
