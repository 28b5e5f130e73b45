import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../../clock.ts'
import { canonicalAddress } from '../../config/address.ts'
import { openLetter, sealLetter } from '../../config/secret/letter.ts'
import { problem } from '../api/problem.ts'
import { aboutReply, aboutRequest, letterType, piecesType, ticketHeader, toHeader } from './about.ts'
import { sealPieces } from './pieces.ts'
import { readBody } from './read.ts'
import { refusals } from './refusal.ts'
import { openTickets } from './tickets.ts'

/**
 * Stands before the routes that are for other machines (POST, see `AskPeer`). With a key only letters of machines with
 * a key of the keyring come through; the route behind sees plain JSON, and what it answers goes back as
 * a letter, or as many where it has no end (`piecesType`).
 * Without a key everybody comes through: the route decides what that may do.
 */
export type PeerGuard = MiddlewareHandler

export function openPeerGuard({
  keys,
  own,
  secret,
  clock,
}: {
  /** The primary one first; read at each request. */
  keys: () => readonly Uint8Array[]
  /** Whether that is an address of this machine. */
  own: (address: string) => boolean
  /** Random bytes of this agent alone. */
  secret: Uint8Array
  clock: Clock
}): PeerGuard {
  const tickets = openTickets(secret, clock)

  function refused(status: number, code: string, detail: string): Response {
    return problem(
      { status, code, detail },
      code === refusals.ticket ? { [ticketHeader]: tickets.give() } : {},
    )
  }

  return async (c, next) => {
    const sealed = c.req.header('content-type') === letterType
    if (keys().length === 0) return sealed ? refused(400, refusals.open, 'this cluster has no key') : next()
    if (!sealed) return refused(401, refusals.keyed, 'this cluster has a key')
    const ticket = c.req.header(ticketHeader) ?? ''
    if (!tickets.holds(ticket)) return refused(401, refusals.ticket, 'a new ticket is needed')
    const to = c.req.header(toHeader) ?? ''
    if (!own(canonicalAddress(to) ?? ''))
      return refused(421, refusals.otherMachine, 'this is for another machine')
    const { method } = c.req
    const { pathname, search } = new URL(c.req.url)
    const body = await readBody(c.req.raw)
    const letter = openLetter(body, keys(), aboutRequest({ method, path: pathname + search, to, ticket }))
    if (!letter) return refused(401, refusals.otherKey, 'this cluster has another key')
    if (!tickets.first(letter.nonce)) return refused(401, refusals.replayed, 'this was said before')
    c.req.raw = new Request(c.req.url, {
      method,
      body: letter.plain,
      headers: { 'content-type': 'application/json' },
    })
    await next()
    const { status, body: endless } = c.res
    if (endless && c.res.headers.get('content-type') === piecesType) {
      const sealed = sealPieces(endless, { ...letter, clock })
      c.res = new Response(sealed, { status, headers: { 'content-type': piecesType } })
      return undefined
    }
    const reply = sealLetter(await readBody(c.res), letter.key, aboutReply(status, letter.nonce))
    c.res = new Response(reply, { status, headers: { 'content-type': letterType } })
    return undefined
  }
}
