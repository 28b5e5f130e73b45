import { backoffMs, type Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { MasterAccess } from './access.ts'
import { eventType, openRecords } from './recordio.ts'

/** Three heartbeats of Mesos (15 s each): a stream that is silent for longer is broken. */
const silenceMs = 45_000
const retry = { firstMs: 500, maxMs: 15_000 }

/** Follows the leader's operator event stream; `follow` another leader, or none, at any time. */
export type Events = { follow(leader: string | undefined): void; stop(): void }

export type EventsSay = {
  /** From now on every event comes. */
  begun(): void
  /** An event but the heartbeat; its record is missing when it is too long to be kept. */
  event(type: string, record: string | undefined): void
  /** Nothing more comes until it begins anew. */
  broken(why: string): void
}

export function openEvents(access: MasterAccess, clock: Clock, says: EventsSay): Events {
  let leader: string | undefined
  let current = new AbortController()

  async function run(master: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await subscribe(master, signal, () => {
          attempt = 0
        })
      } catch (error) {
        if (signal.aborted) return
        says.broken(messageOf(error))
      }
      await clock.sleep(backoffMs(attempt, retry, Math.random), signal).catch(() => {})
    }
  }

  async function subscribe(master: string, signal: AbortSignal, begun: () => void): Promise<void> {
    const silence = new AbortController()
    let cancel = clock.after(silenceMs, () => silence.abort(new Error('it is silent')))
    try {
      const both = AbortSignal.any([signal, silence.signal])
      const authorization = await access.authorization(both)
      const response = await fetch(`${access.scheme}://${master}/api/v1`, {
        method: 'POST',
        redirect: 'manual',
        signal: both,
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        body: '{"type":"SUBSCRIBE"}',
        ...(access.tls ? { tls: access.tls } : {}),
      })
      if (response.status !== 200 || !response.body) {
        await response.body?.cancel()
        throw new Error(`it answered ${response.status}`)
      }
      const take = openRecords()
      for await (const chunk of response.body) {
        cancel()
        cancel = clock.after(silenceMs, () => silence.abort(new Error('it is silent')))
        for (const { head, whole } of take(chunk)) {
          const type = eventType(head) ?? ''
          if (signal.aborted) return
          if (type === 'SUBSCRIBED') {
            begun()
            says.begun()
          } else if (type !== 'HEARTBEAT') says.event(type, whole)
        }
      }
      throw new Error('it ended')
    } finally {
      cancel()
    }
  }

  return {
    follow(next) {
      if (next === leader) return
      if (leader !== undefined) says.broken('another master leads')
      leader = next
      current.abort()
      current = new AbortController()
      if (next !== undefined) void run(next, current.signal)
    },
    stop() {
      leader = undefined
      current.abort()
    },
  }
}
