import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../clock.ts'

/**
 * What makes a request one of now: the machine that is asked gives out tickets by its own clock, so that machines whose
 * clocks differ understand each other, and no ticket outlives the agent that gave it.
 */
export type Tickets = {
  give(): string
  /** Whether it is one of ours, and not too old. */
  holds(ticket: string): boolean
  /** False for a nonce that was there before. */
  first(nonce: string): boolean
}

const ticketMs = 60_000
/** Only who has the key gets so far as to fill it. */
const mostNonces = 100_000
const macBytes = 32

/** @param secret random bytes of this agent alone */
export function openTickets(secret: Uint8Array, clock: Clock): Tickets {
  const seen = new Map<string, number>()
  const macOf = (time: string) => createHmac('sha256', secret).update(time).digest()

  function forget(): void {
    const before = clock.monotonic() - ticketMs
    for (const [nonce, at] of seen) {
      if (at >= before) return
      seen.delete(nonce)
    }
  }

  return {
    give() {
      const time = String(Math.floor(clock.monotonic()))
      return `${time}.${macOf(time).toString('hex')}`
    },
    holds(ticket) {
      const [time = '', mac = ''] = ticket.split('.')
      const given = Buffer.from(mac, 'hex')
      if (given.length !== macBytes || !timingSafeEqual(given, macOf(time))) return false
      return clock.monotonic() - Number(time) <= ticketMs
    },
    first(nonce) {
      forget()
      if (seen.has(nonce) || seen.size >= mostNonces) return false
      seen.set(nonce, clock.monotonic())
      return true
    },
  }
}
