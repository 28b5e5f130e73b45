import { type Clock, until } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Registry } from './change.ts'
import { lostFrom, type Masters, readRegistry, readWritten } from './registry.ts'
import { failed, mastersMs, pollMs } from './wait.ts'

/** What the masters' registry is to hold when a step is over, in which the lead may pass on. */
export type Note = {
  /** What has been noted until now. */
  registry(): Registry | undefined
  /** The registry as it is once a master leads again, and nothing is lost from it. @throws MeshboxError */
  back(): Promise<{ registry?: Registry }>
  end(): void
}

type Deps = { masters: Masters; clock: Clock }

/** Agents that were just read from the registry show themselves a moment later. */
const sameMs = 20_000

/**
 * From right before a master is touched, what people write goes into the note while a master leads that has all of it: what
 * they wrote in its last moments is there, and is missed if the next one has not got it.
 */
export async function takeNote(registry: Registry | undefined, deps: Deps): Promise<Note> {
  const { masters, clock } = deps
  let noted = registry
  if (registry && (await readRegistry(masters).catch(() => undefined))) noted = await back(registry, deps)
  const ending = new AbortController()
  void until(clock, { everyMs: pollMs, timeoutMs: Infinity, signal: ending.signal }, async () => {
    if (noted) noted = await writtenInto(noted, masters).catch(() => noted)
    return undefined
  }).catch(() => {})
  return {
    registry: () => noted,
    async back() {
      if (noted) return { registry: await back(noted, deps) }
      await leading(deps)
      return {}
    },
    end: () => ending.abort(),
  }
}

/** What people write through the master that told the note, or through the next one that has all of it. */
async function writtenInto(noted: Registry, masters: Masters): Promise<Registry> {
  const written = await readWritten(masters)
  if (written.by === noted.by) return { ...noted, ...written }
  const now = await readRegistry(masters)
  return lostFrom(noted, [now]) === undefined ? now : noted
}

/** The registry of the next one that leads, should the lead pass on while it is read. */
export function leading(deps: Deps): Promise<Registry> {
  return whileSomeLeads(deps, (now) => now)
}

/**
 * A leader with its registry, and nothing lost from it since it was noted. Where it is otherwise the same one is looked at for
 * a while: agents that were just read from it show themselves a moment later, and others may be writing it.
 */
async function back(noted: Registry, deps: Deps): Promise<Registry> {
  const { clock } = deps
  let seen: Registry[] = []
  let since = 0
  return whileSomeLeads(deps, (now) => {
    if (now.by !== seen.at(-1)?.by) {
      seen = []
      since = clock.monotonic()
    }
    seen.push(now)
    const lost = lostFrom(noted, seen)
    if (lost === undefined) return now
    if (clock.monotonic() - since < sameMs) return undefined
    const hint = '`meshbox rollout resume` takes the registry as it is now'
    throw new MeshboxError({ code: 'registry-changed', message: lost, hint })
  })
}

/** Looks at the registry of whoever leads until it gives something; while nobody leads there is nothing to look at. */
async function whileSomeLeads<T>(
  { masters, clock }: Deps,
  look: (now: Registry) => T | undefined,
): Promise<T> {
  let away = ''
  const found = await until(clock, { everyMs: pollMs, timeoutMs: mastersMs }, async () => {
    const now = await readRegistry(masters).catch((error) => {
      away = messageOf(error)
    })
    return now && look(now)
  })
  if (found === undefined) throw failed(`no master leads within ${mastersMs / 1000} s: ${away}`)
  return found
}
