import { z } from 'zod'
import { backoffMs, type Clock } from '../clock.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import { digestOf } from './digest.ts'
import type { Member, Question } from './gossip/gossip.ts'
import type { Text } from './membership.ts'

/** A newer version of the shared document, and the members that show it. */
export type Hint = { version: number; digest: string; holders: Member[] }

export const documentQuestion = 'document'

const tagPattern = /^(\d{1,10}):([0-9a-f]{8})$/
const retry = { firstMs: 500, maxMs: 5000 }

const answerSchema = z.object({ cluster: z.string(), version: z.int().min(0), text: z.string() })

/** The newest version above `known` that a living member of our cluster shows. */
export function newestHint(members: Member[], cluster: string, known: number): Hint | undefined {
  let newest: Hint | undefined
  for (const member of members) {
    const [, version = '', digest = ''] = tagPattern.exec(member.tags.doc ?? '') ?? []
    if (version === '' || member.status !== 'alive' || member.tags.cluster !== cluster) continue
    const number = Number(version)
    if (number <= known || number < (newest?.version ?? 0)) continue
    if (newest?.version === number && newest.digest === digest) newest.holders.push(member)
    else if (newest?.version !== number) newest = { version: number, digest, holders: [member] }
  }
  return newest
}

/** What a member is told that asks for the document. */
export function tellDocument(cluster: string, { text, version }: Text): Uint8Array {
  return Buffer.from(JSON.stringify({ cluster, version, text }))
}

/**
 * Looks at what the other members show: a newer document is read at once, from ZooKeeper where that answers, and from
 * one of them where it does not.
 */
export function openHints(deps: {
  /** Undefined until it is known. */
  cluster: () => string | undefined
  /** The newest version that this machine has. */
  known: () => number
  members: () => Member[]
  ask: (member: Member, question: Question) => Promise<Uint8Array>
  connected: () => boolean
  /** Reads the document in ZooKeeper again. */
  read: () => Promise<void>
  /** Takes a text that came from a member. @throws MeshboxError when it is not valid */
  hear: (text: Text, from: string) => void
  clock: Clock
  random: () => number
  log: Log
}): { look(): void; stop(): Promise<void> } {
  const { cluster, known, members, ask, connected, read, hear, clock, random, log } = deps
  let working: Promise<void> | undefined
  let attempt = 0
  let cancelRetry = () => {}
  let stopped = false

  const hint = () => newestHint(members(), cluster() ?? '', known())

  /** One look at a time; what is still behind after it is looked at again later. */
  function look(): void {
    if (stopped || working || !hint()) return
    cancelRetry()
    working = follow()
      .catch((error) => log.debug({ error: messageOf(error) }, 'a newer document could not be read'))
      .then(() => {
        working = undefined
        attempt = hint() ? attempt + 1 : 0
        if (attempt > 0 && !stopped) cancelRetry = clock.after(backoffMs(attempt, retry, random), look)
      })
  }

  async function follow(): Promise<void> {
    const now = hint()
    if (!now) return
    if (connected()) return read()
    const holder = now.holders[Math.floor(random() * now.holders.length)]
    if (!holder) return
    const question = { name: documentQuestion, payload: new Uint8Array(0) }
    const told = answerSchema.parse(JSON.parse(Buffer.from(await ask(holder, question)).toString()))
    if (told.cluster !== cluster()) throw new Error(`${holder.name} is of another cluster`)
    if (told.version === now.version && digestOf(told.text) !== now.digest)
      throw new Error(`${holder.name} gave another text than it shows`)
    if (told.version > known()) hear({ text: told.text, version: told.version }, holder.name)
  }

  return {
    look,
    async stop() {
      stopped = true
      cancelRetry()
      await working
    },
  }
}
