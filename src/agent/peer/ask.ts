import { z } from 'zod'
import { joinHostPort } from '../../config/address.ts'
import { nonceOf, openLetter, sealLetter } from '../../config/secret/letter.ts'
import { MeshboxError } from '../../error.ts'
import { aboutReply, aboutRequest, letterType, piecesType, ticketHeader, toHeader } from './about.ts'
import { openPieces, silentMs } from './pieces.ts'
import { readBody } from './read.ts'
import { refusals, refusedBy } from './refusal.ts'

export type PeerRequest = {
  /** Of its API. */
  port: number
  path: string
  /** JSON. */
  body: unknown
  /** Until the whole answer is there; of one without an end, until it begins. */
  withinMs: number
}

/**
 * Asks another machine over its API (POST) and gives the JSON that it answers with; where the answer has no end, a stream
 * of bytes that ends the connection when it is cancelled. With a key both are sealed letters, and what does not come from a
 * machine with the key is never taken for an answer; without one both are plain, and nothing is streamed.
 * Rejects with fetch's error when it is not reached, with `peer-…` when keys keep the two apart (see `isKeyRefusal`),
 * and with the other machine's error otherwise.
 * @param address an IP address of the machine
 */
export type AskPeer = (address: string, request: PeerRequest) => Promise<unknown>

type Answered = { kind: 'answer'; value: unknown } | { kind: 'refused'; code: string; detail: string }

const problemSchema = z.object({ code: z.string().default('peer-failed'), detail: z.string().max(1000) })
const mostTickets = 20_000

/** @param keys the primary one first; read at each request */
export function openAskPeer(keys: () => readonly Uint8Array[]): AskPeer {
  const tickets = new Map<string, string>()

  async function askOnce(key: Uint8Array, address: string, request: PeerRequest): Promise<Answered> {
    const at = joinHostPort(address, request.port)
    const ticket = tickets.get(at) ?? ''
    const about = aboutRequest({ method: 'POST', path: request.path, to: address, ticket })
    const letter = sealLetter(Buffer.from(JSON.stringify(request.body)), key, about)
    const call = post(at, request, letter, {
      'content-type': letterType,
      [ticketHeader]: ticket,
      [toHeader]: address,
    })
    const response = await call.response
    const nonce = nonceOf(letter)
    if (response.ok && response.body && response.headers.get('content-type') === piecesType) {
      call.within(silentMs)
      const alive = () => call.within(silentMs)
      return { kind: 'answer', value: openPieces(response.body, { key, nonce, alive, close: call.end }) }
    }
    const bytes = await readBody(response).finally(call.done)
    if (response.headers.get('content-type') === letterType) {
      const opened = openLetter(bytes, [key], aboutReply(response.status, nonce))
      return opened ? read(response, opened.plain) : { kind: 'refused', code: refusals.otherKey, detail: '' }
    }
    const next = response.headers.get(ticketHeader)
    if (next) remember(at, next)
    // Whoever answers in the clear has no key, or none of ours.
    return response.ok ? { kind: 'refused', code: refusals.open, detail: '' } : refusalIn(bytes)
  }

  function remember(at: string, ticket: string): void {
    if (tickets.size >= mostTickets) tickets.clear()
    tickets.set(at, ticket)
  }

  /** The ticket of the last time may have run out: then the refusal brings a new one. */
  async function askWith(key: Uint8Array, address: string, request: PeerRequest): Promise<Answered> {
    const first = await askOnce(key, address, request)
    return first.kind === 'refused' && first.code === refusals.ticket ? askOnce(key, address, request) : first
  }

  return async (address, request) => {
    const ring = keys()
    let outcome: Answered = { kind: 'refused', code: refusals.otherKey, detail: '' }
    if (ring.length === 0) outcome = await askPlain(address, request)
    // A machine that was away while the keys were changed may have one of the others alone.
    for (const key of ring) {
      outcome = await askWith(key, address, request)
      if (outcome.kind === 'answer' || outcome.code !== refusals.otherKey) break
    }
    if (outcome.kind === 'answer') return outcome.value
    throw refusedBy(address, outcome.code, outcome.detail)
  }
}

async function askPlain(address: string, request: PeerRequest): Promise<Answered> {
  const at = joinHostPort(address, request.port)
  const headers = { 'content-type': 'application/json' }
  const call = post(at, request, JSON.stringify(request.body), headers)
  const response = await call.response
  const bytes = await readBody(response).finally(call.done)
  return response.ok ? { kind: 'answer', value: JSON.parse(String(bytes)) } : refusalIn(bytes)
}

function post(
  at: string,
  { path, withinMs }: PeerRequest,
  body: string | Buffer,
  headers: Record<string, string>,
) {
  const ending = new AbortController()
  const { signal } = ending
  let timer = setTimeout(late, withinMs)
  function late(): void {
    ending.abort(new DOMException('The operation timed out.', 'TimeoutError'))
  }
  const response = fetch(`http://${at}${path}`, { method: 'POST', body, headers, redirect: 'error', signal })
  const done = () => clearTimeout(timer)
  response.catch(done)
  return {
    response,
    /** It is ended when nothing more is said of it for so long. */
    within(ms: number): void {
      done()
      timer = setTimeout(late, ms)
    },
    done,
    end(): void {
      done()
      ending.abort()
    },
  }
}

/** @throws MeshboxError of the other machine, where the letter holds one */
function read(response: Response, plain: Buffer): Answered {
  if (response.ok) return { kind: 'answer', value: JSON.parse(plain.toString()) }
  const { code, detail } = problemSchema.parse(JSON.parse(plain.toString()))
  throw new MeshboxError({ code, message: detail })
}

function refusalIn(bytes: Uint8Array): Answered {
  try {
    return { kind: 'refused', ...problemSchema.parse(JSON.parse(Buffer.from(bytes).toString())) }
  } catch {
    return { kind: 'refused', code: 'peer-failed', detail: 'it answers in a way that cannot be understood' }
  }
}
