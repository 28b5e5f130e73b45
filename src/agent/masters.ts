import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/schema.ts'
import { openAccess } from '../dns/master/access.ts'
import { MeshboxError, messageOf } from '../error.ts'
import type { Authorization } from '../supervisor/probe/authorization.ts'
import type { Access } from './drain/operator.ts'

/** What is asked of masters. */
export type Masters = Pick<Access, 'leader' | 'master'>

const requestMs = 5000
const metricsSchema = z.record(z.string(), z.number())

type Asked = { method?: string; body?: string; headers?: Record<string, string>; timeoutMs?: number }

/** @param host of one of them, with its port. @throws MeshboxError `masters-away` when it does not answer with 200 */
export async function askMaster(
  masters: Pick<Masters, 'master'>,
  host: string,
  path: string,
  { headers = {}, timeoutMs = requestMs, ...init }: Asked = {},
): Promise<unknown> {
  const { scheme, tls, authorization } = masters.master()
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const credentials = await authorization(signal)
    const response = await fetch(`${scheme}://${host}${path}`, {
      signal,
      redirect: 'manual',
      ...init,
      headers: { ...headers, ...(credentials === undefined ? {} : { authorization: credentials }) },
      ...(tls ? { tls } : {}),
    })
    if (response.status === 200) return await response.json()
    throw mastersAway(`mesos-master at ${host} answers ${response.status} for ${path}`)
  } catch (cause) {
    throw cause instanceof MeshboxError ? cause : mastersAway(`mesos-master at ${host}: ${messageOf(cause)}`)
  }
}

export const mastersAway = (why: string) =>
  new MeshboxError({ code: 'masters-away', message: `cannot look at the masters: ${why}` })

/** How a master stands to its log, and to the others. */
export type Standing = {
  /** Its replica; undefined where it keeps none. */
  votes: boolean | undefined
  /** With its registry. */
  leads: boolean
  /** Agents. */
  unreachable: number
}

/** @throws MeshboxError `masters-away` */
export async function standing(
  masters: Pick<Masters, 'master'>,
  host: string,
  timeoutMs = requestMs,
): Promise<Standing> {
  const metrics = metricsSchema.parse(await askMaster(masters, host, '/metrics/snapshot', { timeoutMs }))
  const recovered = metrics['registrar/log/recovered']
  return {
    votes: recovered === undefined ? undefined : recovered === 1,
    // Absent while a leader waits for its quorum.
    leads: metrics['master/elected'] === 1 && 'registrar/registry_size_bytes' in metrics,
    unreachable: metrics['master/slaves_unreachable'] ?? 0,
  }
}

/** Much less than a login lasts. */
const keptMs = 60_000

/** For who looks at a master every second: whoever gives out logins is not asked as often. */
export function keptAuthorization(dns: () => Config['dns'], clock: Clock): Authorization {
  let kept: { by: Config['dns']; until: number; header: string | undefined } | undefined
  return async (signal) => {
    const by = dns()
    if (kept?.by !== by || clock.monotonic() >= kept.until) {
      const header = await openAccess(by, clock).authorization(signal)
      kept = { by, until: clock.monotonic() + keptMs, header }
    }
    return kept.header
  }
}
