import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Listener } from './udp.ts'

/** How often the machine's addresses are looked at, in ms. */
const everyMs = 3_000

/**
 * Listens on each address by a socket of its own, and follows them as they come and go: a reply then leaves from the
 * address that was asked, and others may hold port 53 of addresses of theirs (127.0.0.53, say).
 * @param addresses those to listen on, as they are now
 * @throws the error of the first address when none can be listened on
 */
export async function listenOnEach(
  addresses: () => string[],
  open: (address: string, port: number) => Promise<Listener>,
  port: number,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Listener> {
  const listeners = new Map<string, Listener>()
  const told = new Set<string>()
  let bound = port
  let closed = false
  let cancel = () => {}

  async function follow(): Promise<unknown> {
    const wanted = new Set(addresses())
    let failure: unknown
    for (const [address, listener] of listeners) {
      if (wanted.has(address)) continue
      listener.close()
      listeners.delete(address)
      log.info({ address }, 'the address is gone')
    }
    for (const address of wanted) {
      if (listeners.has(address) || closed) continue
      try {
        const listener = await open(address, bound)
        bound = listener.port
        listeners.set(address, listener)
      } catch (error) {
        failure ??= error
        if (!told.has(address)) log.warn({ address, error: messageOf(error) }, 'not serving on this address')
        told.add(address)
      }
    }
    if (!closed) cancel = clock.after(everyMs, () => void follow())
    return failure
  }

  const failure = await follow()
  if (listeners.size === 0 && failure !== undefined) {
    cancel()
    throw failure
  }
  return {
    port: bound,
    close() {
      closed = true
      cancel()
      for (const listener of listeners.values()) listener.close()
    },
  }
}
