import { type Message, messageLength } from '../wire/messages.ts'
import { compoundPart } from '../wire/packet.ts'

/** The news that wait to be passed on: the least told first, and each only so many times. */
export type Broadcasts = {
  /** Takes the place of an older one of the same name. `finished` is called when it went out often enough, or was replaced. */
  add(name: string, message: Message, finished?: () => void): void
  /** As many as fit in `room` bytes. */
  take(room: number): Message[]
  size(): number
}

type Entry = {
  name: string
  message: Message
  length: number
  finished: (() => void) | undefined
  gone: boolean
}

/** Of one tier, so many that do not fit are looked at before the next tier's turn. */
const patience = 16
/** So many replaced ones may lie about before the tiers are cleared of them. */
const spareDropped = 64
/** Smaller than any message. */
const tooSmall = 12

export function createBroadcasts(limits: { transmits: () => number; most: () => number }): Broadcasts {
  const byName = new Map<string, Entry>()
  /** By times told; within a tier the newest is last. */
  let tiers: Entry[][] = []

  /** Gone, and perhaps still in their tiers. */
  let dropped = 0

  function compact(): void {
    tiers = tiers.map((tier) => tier.filter(({ gone }) => !gone))
    dropped = 0
  }

  function drop(entry: Entry): void {
    entry.gone = true
    dropped++
    byName.delete(entry.name)
    entry.finished?.()
  }

  function prune(): void {
    for (let tier = tiers.length - 1; tier >= 0 && byName.size > limits.most(); tier--) {
      for (const entry of tiers[tier] ?? []) {
        if (byName.size <= limits.most()) break
        if (!entry.gone) drop(entry)
      }
    }
  }

  function takeFrom(tier: Entry[], room: number, taken: Entry[]): number {
    let misses = 0
    for (let i = tier.length - 1; i >= 0 && room > tooSmall && misses < patience; i--) {
      const entry = tier[i]
      if (entry && !entry.gone && entry.length > room) {
        misses++
        continue
      }
      tier.splice(i, 1)
      if (!entry || entry.gone) continue
      taken.push(entry)
      room -= entry.length
    }
    return room
  }

  return {
    size: () => byName.size,
    add(name, message, finished) {
      const old = byName.get(name)
      if (old) drop(old)
      const length = messageLength(message) + compoundPart
      const entry: Entry = { name, message, length, finished, gone: false }
      byName.set(name, entry)
      if (tiers[0]) tiers[0].push(entry)
      else tiers[0] = [entry]
      prune()
      if (dropped > byName.size + spareDropped) compact()
    },
    take(room) {
      if (byName.size === 0) {
        tiers = []
        return []
      }
      const most = limits.transmits()
      const messages: Message[] = []
      const told: { entry: Entry; times: number }[] = []
      for (const [times, tier] of tiers.entries()) {
        const taken: Entry[] = []
        room = takeFrom(tier, room, taken)
        for (const entry of taken) {
          messages.push(entry.message)
          if (times + 1 >= most) drop(entry)
          else told.push({ entry, times: times + 1 })
        }
        if (room <= tooSmall) break
      }
      for (const { entry, times } of told) {
        while (tiers.length <= times) tiers.push([])
        tiers[times]?.push(entry)
      }
      return messages
    },
  }
}
