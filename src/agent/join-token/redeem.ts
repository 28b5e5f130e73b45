import { connect, type TLSSocket } from 'node:tls'
import type { Clock } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Ring } from '../key/keyring.ts'
import { type Request, readLine, replySchema } from './exchange.ts'
import { pinOf } from './identity.ts'
import { anotherToken } from './refusal.ts'
import type { JoinToken } from './token.ts'

type Address = { host: string; port: number }

const withinMs = 15_000
const connectMs = 5000

/**
 * Gets the keyring of the cluster for a token, from the first of these machines that has it to give. The secret is told
 * to nobody but a machine with the public key that the token names.
 * @throws MeshboxError with why the token is worth nothing, or why none of them could be asked
 */
export async function redeemToken(
  doors: Address[],
  token: JoinToken,
  { name, addresses, clock }: { name: string; addresses: string[]; clock: Clock },
): Promise<Ring> {
  const request: Request = {
    protocol: 1,
    ...{ id: token.id, secret: token.secret.toString('base64'), name, addresses },
    // The same for every machine that is asked: one of them may have used the token up and died before it could answer.
    claim: crypto.randomUUID(),
  }
  const failures: MeshboxError[] = []
  for (const door of doors) {
    try {
      return await ask(door, token, request, clock)
    } catch (error) {
      if (!(error instanceof MeshboxError)) throw error
      if (!passing.has(error.code)) throw error
      failures.push(error)
    }
  }
  throw (
    failures.find(({ code }) => code !== 'token-unreached') ??
    failures[0] ??
    unreached('it', 'it has no address')
  )
}

/** Another machine may answer otherwise. */
const passing = new Set(['token-unreached', 'token-pin', 'token-away', 'token-request'])

async function ask({ host, port }: Address, token: JoinToken, request: Request, clock: Clock): Promise<Ring> {
  const socket = await secured({ host, port }, clock)
  try {
    const certificate = socket.getPeerX509Certificate()
    if (!certificate || !pinOf(certificate.publicKey).equals(token.pin)) throw stranger(host)
    const line = readLine(socket, clock, withinMs)
    socket.write(`${JSON.stringify(request)}\n`)
    const reply = replySchema.parse(JSON.parse(await line))
    if (reply.kind === 'key') return reply.ring
    const { code, message, hint } = reply
    throw new MeshboxError({ code, message, hint })
  } catch (error) {
    throw error instanceof MeshboxError && error.code.startsWith('token-')
      ? error
      : unreached(host, messageOf(error))
  } finally {
    socket.destroy()
  }
}

/** Who it is, is told by the pin, not by an authority. */
function secured({ host, port }: Address, clock: Clock): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
    const fail = (why: string) => {
      cancel()
      socket.destroy()
      reject(unreached(host, why))
    }
    let reached = false
    const cancel = clock.after(connectMs, () => fail(`no answer within ${connectMs} ms`))
    socket.once('secureConnect', () => {
      cancel()
      resolve(socket)
    })
    socket.once('connect', () => {
      reached = true
    })
    const noTls = 'it speaks no TLS: it is of an open cluster, or no meshbox'
    socket.on('error', (error) => fail(reached ? noTls : messageOf(error)))
    socket.on('close', () => fail(noTls))
  })
}

function unreached(host: string, why: string): MeshboxError {
  return new MeshboxError({
    code: 'token-unreached',
    message: `cannot join with a token: ${host} does not redeem it: ${why}`,
    hint: 'check the address, that `meshbox status` there shows an agent, and that no firewall closes its gossip port (7946, TCP)',
  })
}

function stranger(host: string): MeshboxError {
  return new MeshboxError({
    code: 'token-pin',
    message: `cannot join with a token: ${host} is not of the cluster that made it, or that cluster has another key now; it was told nothing`,
    hint: `check the address; else ${anotherToken()}`,
  })
}
