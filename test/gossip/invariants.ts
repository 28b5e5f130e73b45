import type { GossipEvent, Mesh } from '../../src/agent/gossip/mesh.ts'
import type { Peer } from '../../src/agent/gossip/swim/roster.ts'
import { pushPullInterval, type Timing, worstHealth } from '../../src/agent/gossip/swim/timing.ts'
import type { Message } from '../../src/agent/gossip/wire/messages.ts'

/** What must be true of a mesh at every step; a breach is an error. */
class Breach extends Error {}

type Viewer = { name: string; alive: boolean; mesh: Mesh }

/** From a whole network on, this long at most may a live member be held for dead: besides one full exchange of each. */
const healMs = 300_000
/** Of a full exchange with more members only every so many-th is looked at, each time others. */
const looked = 512

export type Invariants = {
  /** Wraps what a member does with messages. */
  hearing(viewer: Viewer, messages: readonly Message[], hear: () => void): void
  /** The same for a full exchange of these members. */
  merging<T>(viewer: Viewer, names: readonly { Name: string }[], merge: () => T): T
  packet(bytes: number, most: number): void
  heard(viewer: Viewer, event: GossipEvent): void
  /** Now and then: whether the network is whole and everyone in it well. */
  look(calm: boolean): void
  /** Times that somebody took a live member for dead. */
  falseDeaths(): number
}

export function createInvariants(options: {
  timing: Timing
  now: () => number
  node: (name: string) => Viewer | undefined
}): Invariants {
  const { timing, now, node } = options
  const wronged = new Map<Viewer, Map<string, number>>()
  let [falseDeaths, offset, calmSince] = [0, 0, Number.POSITIVE_INFINITY]

  function same(viewer: Viewer, before: Peer | undefined): void {
    if (!before) return
    const after = viewer.mesh.peer(before.name)
    if (after?.host === before.host && after.port === before.port && after.incarnation < before.incarnation)
      throw new Breach(
        `${viewer.name} took ${before.name} back from ${before.incarnation} to ${after.incarnation}`,
      )
  }

  function bounded({ name, mesh }: Viewer): void {
    if (mesh.waiting() > mesh.known() + 1024) throw new Breach(`${mesh.waiting()} messages wait at ${name}`)
    if (mesh.health() < 0 || mesh.health() > worstHealth) throw new Breach(`health ${mesh.health()}`)
  }

  return {
    hearing(viewer, messages, hear) {
      const before = messages.map((message) =>
        'Incarnation' in message ? viewer.mesh.peer(message.Node) : undefined,
      )
      hear()
      for (const peer of before) same(viewer, peer)
      bounded(viewer)
    },
    merging(viewer, names, merge) {
      const step = Math.ceil(names.length / looked)
      const before: (Peer | undefined)[] = []
      for (let i = offset++ % step; i < names.length; i += step)
        before.push(viewer.mesh.peer(names[i]?.Name ?? ''))
      const result = merge()
      for (const peer of before) same(viewer, peer)
      bounded(viewer)
      return result
    },
    packet(bytes, most) {
      if (bytes > most) throw new Breach(`a datagram of ${bytes} bytes`)
    },
    heard(viewer, event) {
      if (event.kind === 'conflict' || event.kind === 'updated') return
      const { name } = event.member
      const wrongs = wronged.get(viewer) ?? new Map<string, number>()
      if (event.kind === 'failed' && node(name)?.alive) {
        falseDeaths++
        wronged.set(viewer, wrongs.set(name, now()))
      } else wrongs.delete(name)
    },
    look(calm) {
      if (!calm) calmSince = Number.POSITIVE_INFINITY
      else calmSince = Math.min(calmSince, now())
      for (const [viewer, wrongs] of wronged) {
        for (const [name, since] of wrongs) {
          if (!viewer.alive || !node(name)?.alive) wrongs.delete(name)
          else if (
            now() - Math.max(since, calmSince) >
            healMs + pushPullInterval(timing, viewer.mesh.known())
          )
            throw new Breach(`${viewer.name} holds ${name} for dead`)
        }
        if (wrongs.size === 0) wronged.delete(viewer)
      }
    },
    falseDeaths: () => falseDeaths,
  }
}
