import {
  emptyReplica,
  handle,
  latest,
  type Replica,
  type ReplicaRequest,
  recoverFrom,
} from '../../src/supervisor/simulated/master/log/replica.ts'
import { emptyRegistry, setWeights } from '../../src/supervisor/simulated/master/registry.ts'

/** Masters around a replicated log, in no time, with the replicas of the stand-in. */
export type Cluster = {
  initialize(node: string): void
  start(node: string, quorum: number): void
  stop(node: string): void
  restart(node: string): void
  /** It comes back under another name, and knows nothing. */
  lose(node: string): void
  votes(node: string): boolean
  runs(node: string): boolean
  /** No word passes between this one and the others. */
  cut(node: string): void
  heal(): void
  /** A crash or a cut, a change of leader, some writes. */
  trouble(): void
  chance(share: number): boolean
  /** A whole number. */
  below(limit: number): number
  leader(): string | undefined
  /** Whoever can leads, and writes; undefined when nobody can. */
  settle(): string | undefined
  /** Writes that were acknowledged, and that a leader after them did not find. */
  lost(): string[]
  /** Whether there ever ran more replicas than a quorum by which one of them ran allows. */
  crowded(): boolean
}

type Master = { replica: Replica; quorum: number | undefined; cut: boolean }

export function makeMasters(seed: number): Cluster {
  const random = generator(seed)
  const masters = new Map<string, Master>()
  const acknowledged: string[] = []
  const lost: string[] = []
  let leader: string | undefined
  let proposal = 0
  let writes = 0
  let crowded = false

  const of = (node: string): Master => {
    const known = masters.get(node) ?? { replica: emptyReplica, quorum: undefined, cut: false }
    masters.set(node, known)
    return known
  }
  const running = () => [...masters].filter(([, { quorum }]) => quorum !== undefined)
  const shuffled = <T>(list: T[]) =>
    list
      .map((item) => ({ item, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  const chance = (share: number) => random() < share

  /** Those that answer, each with what it makes of it; some answers are late, as if they were none. */
  function ask(node: string, request: ReplicaRequest, lossy: boolean): Replica[] {
    const own = of(node)
    return shuffled(running()).flatMap(([name, master]) => {
      if (name !== node && (own.cut || master.cut || (lossy && chance(0.2)))) return []
      const { replica, reply } = handle(master.replica, request)
      master.replica = replica
      return reply.kind === 'replica' ? [reply.replica] : []
    })
  }

  function recover(): void {
    for (const [node, master] of running()) {
      if (master.replica.status === 'VOTING' || master.cut) continue
      const others = running().filter(([name, { cut }]) => name !== node && !cut)
      const answers: Replica[] = []
      // Its own answer comes first: that is how a quorum of one comes to begin a log of its own.
      for (const [, { replica }] of [[node, master] as const, ...shuffled(others)]) {
        answers.push(replica)
        const next = recoverFrom(master.replica, answers, master.quorum ?? 1, true)
        master.replica = next ?? master.replica
        if (next) break
      }
    }
  }

  function lead(node: string, lossy: boolean): boolean {
    const { quorum, replica } = of(node)
    if (quorum === undefined || replica.status !== 'VOTING') return false
    proposal += 1
    const given = ask(node, { type: 'promise', proposal }, lossy)
    if (given.length < quorum) return false
    const last = latest(given)
    const registry = last.registry ?? emptyRegistry
    for (const role of acknowledged)
      if (!registry.weights.some((weight) => weight.role === role) && !lost.includes(role)) lost.push(role)
    let position = last.position
    let present = registry
    const write = () =>
      ask(node, { type: 'write', proposal, position: ++position, registry: present }, lossy).length
    if (write() < quorum) return false
    leader = node
    for (let more = 0; more < 2; more++) {
      const role = `w${writes++}`
      present = setWeights(present, [{ role, weight: 1 }])
      if (write() < quorum) return true
      acknowledged.push(role)
    }
    return true
  }

  function look(): void {
    const quorums = running().map(([, { quorum = 1 }]) => quorum)
    // One that was never told to vote counts as soon as it runs: it may learn to at any moment.
    if (quorums.length > 2 * Math.min(...quorums) - 1) crowded = true
  }

  return {
    chance,
    below: (limit) => Math.floor(random() * limit),
    initialize(node) {
      const master = of(node)
      if (master.replica.status === 'EMPTY') master.replica = { ...emptyReplica, status: 'VOTING' }
    },
    start(node, quorum) {
      of(node).quorum = quorum
      look()
      recover()
    },
    stop(node) {
      of(node).quorum = undefined
      if (leader === node) leader = undefined
    },
    restart(node) {
      if (leader === node) leader = undefined
    },
    lose(node) {
      masters.delete(node)
      if (leader === node) leader = undefined
    },
    runs: (node) => of(node).quorum !== undefined,
    votes: (node) => of(node).replica.status === 'VOTING',
    cut(node) {
      of(node).cut = true
      if (leader === node) leader = undefined
    },
    heal() {
      for (const master of masters.values()) master.cut = false
      recover()
    },
    trouble() {
      const names = shuffled(running().map(([node]) => node))
      const [victim] = names
      if (victim && chance(0.5)) of(victim).cut = true
      if (victim && leader === victim) leader = undefined
      recover()
      for (const node of names) if (lead(node, true) && chance(0.5)) break
    },
    leader: () => leader,
    settle() {
      recover()
      recover()
      for (const node of shuffled(running().map(([name]) => name))) if (lead(node, false)) return node
      return undefined
    },
    lost: () => lost,
    crowded: () => crowded,
  }
}

/** The same numbers for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
