import type { Zone } from '../zone/zone.ts'

/**
 * Replies that were written once, by the request that they answer: its bytes behind the id, spelling and EDNS included.
 * What changes from one reply to the next is the id, and which record comes first: there is one reply for each, and
 * they take turns. A request is worth this from the second time on.
 */
export type Prepared = {
  /** The reply with the request's id, valid until the next call; `worth` it, or not (yet), when there is none. */
  take(request: Buffer, zone: Zone): Buffer | 'worth' | 'not-worth'
  /** @param names of the zone that they depend on */
  keep(request: Buffer, turns: Buffer[], names: string[]): void
}

type Entry = {
  turns: Buffer[]
  next: number
  names: string[] /** Of the zone that it is known to be right for. */
  version: number
}

/** Longer requests are not worth the room. */
const longestRequest = 128
/** Each of two generations may grow to this; then the older one is forgotten. */
const mostBytes = 24 * 1024 * 1024

export function openPrepared(random: () => number): Prepared {
  let young = new Map<string, Entry>()
  let old = new Map<string, Entry>()
  let bytes = 0
  let version = 0

  function put(key: string, entry: Entry): void {
    if (bytes > mostBytes) {
      old = young
      young = new Map()
      bytes = 0
    }
    young.set(key, entry)
    bytes += key.length + 200
    for (const turn of entry.turns) bytes += turn.length + 100
  }

  /** A zone that was amended is another one only for the names that have changed. */
  function isStill(entry: Entry, zone: Zone): boolean {
    if (!zone.same(entry.names, entry.version)) return false
    entry.version = version
    return true
  }

  return {
    take(request, zone) {
      if (request.length > longestRequest) return 'not-worth'
      version = zone.version
      const key = request.toString('latin1', 2)
      let entry = young.get(key)
      if (!entry) {
        entry = old.get(key)
        put(key, entry ?? { turns: [], next: 0, names: [], version })
        if (!entry) return 'not-worth'
      }
      if (entry.version !== version && !isStill(entry, zone)) return 'worth'
      const reply = entry.turns[entry.next]
      if (!reply) return 'worth'
      entry.next = entry.next + 1 < entry.turns.length ? entry.next + 1 : 0
      reply[0] = request[0] ?? 0
      reply[1] = request[1] ?? 0
      return reply
    },
    keep(request, turns, names) {
      const next = Math.floor(random() * turns.length)
      put(request.toString('latin1', 2), { turns, next, names, version })
    },
  }
}
