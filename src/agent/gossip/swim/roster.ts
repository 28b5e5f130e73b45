/** What we believe of a member. */
export type Peer = {
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
}

export const isGone = ({ state }: Peer) => state === 'dead' || state === 'left'

/** The highest protocol version that a peer understands; 0 when it did not say. */
export const protocolOf = ({ vsn }: Peer) => vsn[1] ?? 0

/** Everyone we know, in the random order in which they are probed. */
export type Roster = {
  size(): number
  get(name: string): Peer | undefined
  all(): readonly Peer[]
  add(peer: Peer): void
  /** The next in the round whom `want` takes. Each end of a round forgets those that `forget` names, and shuffles. */
  next(want: (peer: Peer) => boolean, forget: (peer: Peer) => boolean): Peer | undefined
  /** Up to `count` different ones at random. */
  pick(count: number, want: (peer: Peer) => boolean): Peer[]
}

export function createRoster(random: () => number): Roster {
  const byName = new Map<string, Peer>()
  let ring: Peer[] = []
  let at = 0
  const below = (limit: number) => Math.floor(random() * limit)

  function swap(i: number, j: number): void {
    const [one, other] = [ring[i], ring[j]]
    if (one && other) [ring[i], ring[j]] = [other, one]
  }

  function turn(forget: (peer: Peer) => boolean): void {
    const stay: Peer[] = []
    for (const peer of ring) {
      if (forget(peer)) byName.delete(peer.name)
      else stay.push(peer)
    }
    ring = stay
    for (let i = ring.length - 1; i > 0; i--) swap(i, below(i + 1))
    at = 0
  }

  return {
    size: () => ring.length,
    get: (name) => byName.get(name),
    all: () => ring,
    add(peer) {
      byName.set(peer.name, peer)
      ring.push(peer)
      // At a random place, else newcomers would all be probed late in the round.
      swap(ring.length - 1, below(ring.length))
    },
    next(want, forget) {
      let left = ring.length
      for (let turned = false; left > 0 || !turned; left--) {
        if (at >= ring.length) {
          if (turned) return undefined
          turned = true
          turn(forget)
          left = ring.length
        }
        const peer = ring[at++]
        if (peer && want(peer)) return peer
      }
      return undefined
    },
    pick(count, want) {
      if (ring.length <= count * 8) {
        const fitting = ring.filter(want)
        return Array.from({ length: Math.min(count, fitting.length) }, () =>
          fitting.splice(below(fitting.length), 1),
        ).flat()
      }
      const picked = new Set<Peer>()
      for (let tries = ring.length * 3; tries > 0 && picked.size < count; tries--) {
        const peer = ring[below(ring.length)]
        if (peer && want(peer)) picked.add(peer)
      }
      return [...picked]
    },
  }
}
