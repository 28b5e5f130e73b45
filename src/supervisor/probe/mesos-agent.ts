import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { Authorization } from './authorization.ts'
import { asking, get, refusalOf } from './http.ts'
import type { Probe, Registered } from './probe.ts'

/** The master itself pings each agent every 15 s: ten thousand that ask half as often are no burden to it. */
const everyMs = 30_000
/** While the master has not got it, or cannot be asked. */
const againMs = 3000
/** So long may it take until a master that was elected has its agents again. */
const patienceMs = 20_000
/** An election is over by then, or a master's recovery; one that lives has given its agents up, after five pings of 15 s. */
const unreachedMs = 90_000

const agentSchema = z.object({ id: z.string() })
const unregistered = 'not registered with a master yet'

/**
 * An agent knows its id through restarts, goes on as healthy when its master has lost it, and says that it is registered
 * as soon as it looks for a master: whether it is, the leading master tells. Its state, which grows with its tasks, is
 * asked for once.
 */
export function openMesosAgentProbe(
  { url }: { url: string },
  clock: Clock,
  registered: Registered,
  authorization: Authorization,
): Probe {
  let id: string | undefined
  /** Set once the master has had it, or could not be asked: when to ask again. */
  let nextAt: number | undefined
  /** Since when the master has not got it. */
  let missedAt: number | undefined
  /** Since when no leading master is reached. */
  let unreachedAt: number | undefined

  async function life(): Promise<string | undefined> {
    if (id !== undefined) {
      const { status } = await get(`${url}/slave(1)/health`)
      return status === 200 ? undefined : `/slave(1)/health answers ${status}`
    }
    const { status, body } = await get(`${url}/slave(1)/state`, authorization)
    if (status === 503) return 'recovering'
    if (status !== 200) return refusalOf('/slave(1)/state', status, 'mesos.agent.http_credentials')
    const told = agentSchema.parse(body).id
    if (told === '') return unregistered
    id = told
    return undefined
  }

  async function ask(known: string): Promise<string | undefined> {
    const told = await registered(known).catch(() => undefined)
    if ((told === false || told === 'unreached') && nextAt === undefined) return unregistered
    const now = clock.monotonic()
    if (told === true) missedAt = undefined
    if (told === false) missedAt ??= now
    unreachedAt = told === 'unreached' ? (unreachedAt ?? now) : undefined
    nextAt = now + (told === true ? everyMs : againMs)
    return lost(now)
  }

  function lost(now: number): string | undefined {
    if (missedAt !== undefined && now - missedAt >= patienceMs)
      return 'the leading master has it no more among its agents'
    if (unreachedAt !== undefined && now - unreachedAt >= unreachedMs)
      return `no leading master has been reached for ${unreachedMs / 1000} s`
    return undefined
  }

  return {
    check: () =>
      asking(async () => {
        const problem = await life()
        if (problem !== undefined || id === undefined) return problem
        const now = clock.monotonic()
        return nextAt !== undefined && now < nextAt ? lost(now) : ask(id)
      }),
    close() {},
  }
}
