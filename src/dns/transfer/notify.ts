import { backoffMs, type Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import type { Upstream } from '../../config/dns.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { flag, headerBytes, opcode, rrType } from '../message/codes.ts'
import { writeName } from '../table/names.ts'

/** How often and when a secondary that does not reply is told again (RFC 1996 section 3.6). */
const mostTries = 5
const retry = { firstMs: 1_000, maxMs: 15_000 }

export type Notifier = { tell(): void; stop(): void }

/** Tells secondaries that the zone has changed; a newer change takes the place of one that is still being told. */
export function openNotifier(domain: string, secondaries: Upstream[], clock: Clock, log: Log): Notifier {
  let current = new AbortController()

  async function notify(secondary: Upstream, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < mostTries && !signal.aborted; attempt++) {
      try {
        if (
          await ask(
            secondary,
            backoffMs(attempt, retry, () => 1),
          )
        )
          return
      } catch (error) {
        log.debug({ error: messageOf(error) }, 'cannot notify')
        await clock.sleep(retry.firstMs, signal).catch(() => {})
      }
    }
    if (!signal.aborted)
      log.warn(
        { secondary: joinHostPort(secondary.address, secondary.port) },
        'the secondary does not take NOTIFY',
      )
  }

  async function ask({ address, port }: Upstream, timeoutMs: number): Promise<boolean> {
    const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const socket = await Bun.udpSocket({
      connect: { hostname: address, port },
      socket: {
        data: (_, bytes) =>
          void (bytes.length >= headerBytes && bytes.readUInt16BE(0) === id && resolve(true)),
        error: () => resolve(false),
      },
    })
    const cancel = clock.after(timeoutMs, () => resolve(false))
    socket.send(notification(domain, id))
    const taken = await promise
    cancel()
    socket.close()
    return taken
  }

  return {
    tell() {
      current.abort()
      current = new AbortController()
      const { signal } = current
      for (const secondary of secondaries) void notify(secondary, signal)
    },
    stop: () => current.abort(),
  }
}

function notification(domain: string, id: number): Buffer {
  const message = Buffer.alloc(headerBytes + domain.length + 6)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE((opcode.notify << 11) | flag.aa, 2)
  message.writeUInt16BE(1, 4)
  const { end } = writeName(message, headerBytes, domain)
  message.writeUInt16BE(rrType.SOA, end)
  message.writeUInt16BE(1, end + 2)
  return message
}
