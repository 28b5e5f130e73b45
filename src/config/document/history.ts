import { z } from 'zod'
import type { Op, Session } from '../zookeeper/session.ts'
import { isSmall } from './size.ts'

const pastSchema = z.object({
  version: z.int(),
  /** Drawn for each write, so that a writer who lost the connection knows its own work. */
  id: z.string(),
  who: z.string(),
  /** ISO 8601. */
  when: z.string(),
  /** By which command. */
  how: z.string(),
  why: z.string().optional(),
  text: z.string(),
})

/** A version of the document and how it came to be. */
export type Past = z.output<typeof pastSchema>

/** Who writes, by which command, and in the person's own words why. */
export type Author = { who: string; how: string; why?: string }

const nameOf = (version: number) => String(version).padStart(10, '0')

/** The znodes beside the document that hold what was there before. */
export function openHistory(session: Session, root: string, kept: () => number) {
  const pathOf = (version: number) => `${root}/${nameOf(version)}`

  async function versions(): Promise<number[]> {
    const names = (await session.children(root)) ?? []
    return names.map(Number).filter((version) => Number.isInteger(version))
  }

  async function read(version: number): Promise<Past | undefined> {
    const node = await session.read(pathOf(version))
    if (!node) return undefined
    try {
      return pastSchema.parse(JSON.parse(node.data.toString()))
    } catch {
      return undefined // somebody else's: as if it were not there
    }
  }

  return {
    read,

    /** Newest first. */
    async list(): Promise<Past[]> {
      const found = await Promise.all((await versions()).map(read))
      return found.filter((past) => past !== undefined).sort((a, b) => b.version - a.version)
    },

    /** What has to be written in one transaction with the document. `before` is filled in where it is missing. */
    async steps(past: Past, before: { version: number; text: string } | undefined): Promise<Op[]> {
      await session.ensure(root)
      const there = await versions()
      // A document that was removed and made again counts from 0: what has a later number belongs to the one before.
      const outdated = there.filter((version) => version <= past.version - kept() || version >= past.version)
      const lacking = before && !there.includes(before.version) ? [unknownPast(before, past)] : []
      const stepsWith = (kept: Past[]) => [
        ...outdated.map((version): Op => ({ kind: 'remove', path: pathOf(version) })),
        ...kept.map(
          (each): Op => ({ kind: 'create', path: pathOf(each.version), data: JSON.stringify(each) }),
        ),
      ]
      // What nobody checked may be too large to be kept: it must not stand in the way of what mends it.
      const all = stepsWith([...lacking, past])
      return isSmall(past.text, all) ? all : stepsWith([past])
    },
  }
}

/** Somebody wrote past meshbox: what it was is kept all the same. */
function unknownPast({ version, text }: { version: number; text: string }, next: Past): Past {
  return { version, id: '', who: 'unknown', when: next.when, how: 'written past meshbox', text }
}
