import { createTable, type Table, weightOf } from './table.ts'

/** What we believe of a member; another belief is another object. */
export type Peer = Readonly<{
  name: string
  host: string
  port: number
  meta: Uint8Array
  /** Versions understood and used: protocol least, most, current; then serf's. */
  vsn: Uint8Array
  incarnation: number
  state: 'alive' | 'suspect' | 'dead' | 'left'
  /** Of the state; monotonic milliseconds. */
  since: number
}>

export const isGone = ({ state }: Peer) => state === 'dead' || state === 'left'

/** The highest protocol version that a peer understands; 0 when it did not say. */
export const protocolOf = ({ vsn }: Peer) => vsn[1] ?? 0

/** Everyone we know, and in which order they are probed. */
export type Roster = {
  size(): number
  get(name: string): Peer | undefined
  /** See `Table.sum`. */
  sum(): number
  all(): Peer[]
  set(peer: Peer): void
  /** The next in the round whom `want` takes. Each end of a round forgets those that `forget` names. */
  next(want: (peer: Peer) => boolean, forget: (peer: Peer) => boolean): Peer | undefined
  /** Up to `count` different ones at random. */
  pick(count: number, want: (peer: Peer) => boolean): Peer[]
}

/** Misses for each one wanted, before all are looked at. */
const patience = 16

/** What a full exchange would tell of the living; the dead are forgotten by each in its own time. */
function weigh({ name, host, port, meta, incarnation, state }: Peer): number {
  if (state === 'dead' || state === 'left') return 0
  return weightOf([name, host, port, incarnation, state, Buffer.from(meta).toString('latin1')].join('\n'))
}

export const createPeers = (): Table<Peer> => createTable(weigh)

export function createRoster(random: () => number, peers: Table<Peer> = createPeers()): Roster {
  const below = (limit: number) => Math.floor(random() * limit)
  let round = newRound()

  /**
   * All parts once: from a random one on by a random odd stride, which with a power of two misses none. Newcomers fall
   * into any part, so they do not wait for the next round.
   */
  function newRound() {
    const parts = peers.parts()
    return { parts, left: parts, part: below(parts), stride: 1 + 2 * below(parts / 2), at: 0 }
  }

  function restOfRound(want: (peer: Peer) => boolean): Peer | undefined {
    for (; round.left > 0; round.left--) {
      const part = peers.part(round.part)
      while (round.at < part.length) {
        const peer = part[round.at++]
        if (peer && want(peer)) return peer
      }
      round.part = (round.part + round.stride) % round.parts
      round.at = 0
    }
    return undefined
  }

  function pickFrom(fitting: Peer[], count: number): Peer[] {
    return Array.from({ length: Math.min(count, fitting.length) }, () =>
      fitting.splice(below(fitting.length), 1),
    ).flat()
  }

  return {
    size: peers.size,
    get: peers.get,
    sum: peers.sum,
    all: peers.all,
    set: peers.set,
    next(want, forget) {
      if (round.parts !== peers.parts()) round = newRound()
      const found = restOfRound(want)
      if (found) return found
      for (const peer of peers.all()) if (forget(peer)) peers.delete(peer.name)
      round = newRound()
      return restOfRound(want)
    },
    pick(count, want) {
      if (peers.size() <= count * 8) return pickFrom(peers.all().filter(want), count)
      const picked = new Set<Peer>()
      for (let tries = count * patience; tries > 0 && picked.size < count; tries--) {
        // Places of the deepest part that others do not have are misses: so each peer has the same chance.
        const peer = peers.part(below(peers.parts()))[below(peers.deepest())]
        if (peer && want(peer)) picked.add(peer)
      }
      if (picked.size === count) return [...picked]
      return pickFrom(peers.all().filter(want), count)
    },
  }
}
