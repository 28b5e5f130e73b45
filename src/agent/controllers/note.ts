import { type Clock, until } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Masters } from '../masters.ts'
import type { Registry } from './change.ts'
import { lostFrom, readRegistry, readWritten } from './registry.ts'
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
/** Of what is being written all the time the first look and the last ones will do. */
const mostSeen = 8

/**
 * From right before a master is touched, what people write goes into the note while a master leads that has all of it: what
 * they wrote in its last moments is there, and is missed if the next one has not got it.
 */
export async function takeNote(registry: Registry | undefined, deps: Deps): Promise<Note> {
  const { masters, clock } = deps
  let noted = registry
  /** What one that leads since has told, while it has not all that was noted. */
  let seen: Registry[] = []

  /** What is lost by the word of whoever leads now; where nothing is, that is what is noted from now on. */
  function look(now: Registry): string | undefined {
    const [first, ...later] = now.by === seen.at(-1)?.by ? seen : []
    seen = [...(first ? [first] : []), ...later.slice(-mostSeen), now]
    const lost = noted && lostFrom(noted, seen)
    if (lost !== undefined) return lost
    noted = now
    seen = []
    return undefined
  }

  async function follow(): Promise<void> {
    if (!noted) return
    const written = await readWritten(masters)
    if (written.by === noted.by) noted = { ...noted, ...written }
    else look(await readRegistry(masters))
  }

  /** One that lacks something is looked at for a while: agents show themselves late, and others may be writing it. */
  async function back(): Promise<Registry> {
    let leader: { by: string | undefined; since: number } | undefined
    return whileSomeLeads(deps, (now) => {
      if (!leader || leader.by !== now.by) leader = { by: now.by, since: clock.monotonic() }
      const lost = look(now)
      if (lost === undefined) return undefined
      if (clock.monotonic() - leader.since < sameMs) return changed(lost)
      throw changed(lost)
    })
  }

  if (registry && (await readRegistry(masters).catch(() => undefined))) await back()
  const ending = new AbortController()
  void until(clock, { everyMs: pollMs, timeoutMs: Infinity, signal: ending.signal }, async () => {
    await follow().catch(() => {})
    return undefined
  }).catch(() => {})
  return {
    registry: () => noted,
    async back() {
      if (noted) return { registry: await back() }
      await leading(deps)
      return {}
    },
    end: () => ending.abort(),
  }
}

/** The registry of the next one that leads, should the lead pass on while it is read. */
export function leading(deps: Deps): Promise<Registry> {
  return whileSomeLeads(deps, () => undefined)
}

/**
 * The registry of whoever leads, once nothing is missing in it; while nobody leads there is nothing to look at.
 * @param missing why it will not do yet, which is told should time be over
 */
async function whileSomeLeads(
  { masters, clock }: Deps,
  missing: (now: Registry) => MeshboxError | undefined,
): Promise<Registry> {
  let why: MeshboxError | undefined
  const found = await until(clock, { everyMs: pollMs, timeoutMs: mastersMs }, async () => {
    const now = await readRegistry(masters).catch((error) => {
      why = failed(`no master leads within ${mastersMs / 1000} s: ${messageOf(error)}`)
    })
    if (!now) return undefined
    why = missing(now)
    return why ? undefined : now
  })
  if (!found) throw why
  return found
}

function changed(lost: string): MeshboxError {
  return new MeshboxError({
    code: 'registry-changed',
    message: `${lost}; to resume is to take the registry as it is then`,
  })
}
