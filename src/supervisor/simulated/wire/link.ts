import { backoffMs, type Clock } from '../../../clock.ts'

/** A web socket that is opened again whenever it breaks, to whoever is the target at that time. */
export type Link<Out> = {
  /** Leaves the old target and goes to the new one at once. `who` tells it from another one at the same address. */
  target(url: string, who?: string): void
  /** Leaves a connection on which nothing is heard any more, and opens another one to the same target. */
  renew(why: string): void
  /** False when nothing is connected: the message is lost, and the caller will say it anew after `onOpen`. */
  send(message: Out): boolean
  close(): void
}

type Handlers = {
  onOpen(): void
  onMessage(data: string): void
  /** `why` is for the log; follows each `onOpen`, and each attempt that failed. */
  onClose(why: string, wasOpen: boolean): void
}

const retry = { firstMs: 100, maxMs: 1000 }
const attemptMs = 3000

export function openLink<Out>(handlers: Handlers, clock: Clock, random: () => number): Link<Out> {
  let url: string | undefined
  let who: string | undefined
  let socket: WebSocket | undefined
  let attempts = 0
  let cancel = () => {}

  function connect(): void {
    cancel()
    if (url === undefined) return
    const mine = new WebSocket(url)
    let wasOpen = false
    socket = mine
    cancel = clock.after(attemptMs, () => mine.terminate())
    mine.onopen = () => {
      if (socket !== mine) return mine.terminate()
      cancel()
      wasOpen = true
      attempts = 0
      handlers.onOpen()
    }
    mine.onmessage = (event) => {
      if (socket === mine) handlers.onMessage(String(event.data))
    }
    mine.onerror = () => {} // `onclose` follows, with all there is to know
    mine.onclose = (event) => {
      if (socket !== mine) return
      cancel()
      socket = undefined
      handlers.onClose(event.reason || 'Connection refused', wasOpen)
      if (socket === undefined && url !== undefined) {
        cancel = clock.after(backoffMs(attempts++, retry, random), connect)
      }
    }
  }

  function leave(): void {
    cancel()
    const old = socket
    socket = undefined
    old?.terminate()
  }

  return {
    target(next, nextWho) {
      if (next === url && nextWho === who) return
      const wasOpen = socket?.readyState === WebSocket.OPEN
      leave()
      url = next
      who = nextWho
      attempts = 0
      if (wasOpen) handlers.onClose('the leader changed', true)
      connect()
    },
    renew(why) {
      if (socket?.readyState !== WebSocket.OPEN) return
      leave()
      handlers.onClose(why, true)
      connect()
    },
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false
      socket.send(JSON.stringify(message))
      return true
    },
    close() {
      url = undefined
      leave()
    },
  }
}
