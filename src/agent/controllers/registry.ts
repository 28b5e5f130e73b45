import { z } from 'zod'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Access } from '../drain/operator.ts'
import type { Registry } from './change.ts'

/** What is asked of masters. */
export type Masters = Pick<Access, 'leader' | 'master'>

const requestMs = 5000
const metricsSchema = z.record(z.string(), z.number())
const slavesSchema = z.object({
  slaves: z.array(z.object({ id: z.string() })),
  recovered_slaves: z.array(z.object({ id: z.string() })).default([]),
})

const masterSchema = z.object({
  get_master: z.object({ master_info: z.object({ id: z.string() }) }),
})
const operation = {
  method: 'POST',
  body: JSON.stringify({ type: 'GET_MASTER' }),
  headers: { 'content-type': 'application/json', accept: 'application/json' },
}

/** @throws MeshboxError when it does not answer with 200 */
async function ask(
  masters: Masters,
  host: string,
  path: string,
  { headers = {}, ...init }: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<unknown> {
  const { scheme, tls, authorization } = masters.master()
  try {
    const signal = AbortSignal.timeout(requestMs)
    const credentials = await authorization(signal)
    const response = await fetch(`${scheme}://${host}${path}`, {
      signal,
      redirect: 'manual',
      ...init,
      headers: { ...headers, ...(credentials === undefined ? {} : { authorization: credentials }) },
      ...(tls ? { tls } : {}),
    })
    if (response.status === 200) return await response.json()
    throw failure(`mesos-master at ${host} answers ${response.status} for ${path}`)
  } catch (cause) {
    throw cause instanceof MeshboxError ? cause : failure(`mesos-master at ${host}: ${messageOf(cause)}`)
  }
}

const failure = (why: string) =>
  new MeshboxError({ code: 'masters-away', message: `cannot look at the masters: ${why}` })

/** Whether the replica of this master votes, and whether it leads with its registry. */
export async function standing(
  masters: Masters,
  host: string,
): Promise<{ votes: boolean; leads: boolean; unreachable: number }> {
  const metrics = metricsSchema.parse(await ask(masters, host, '/metrics/snapshot'))
  return {
    votes: metrics['registrar/log/recovered'] === 1,
    // Absent while a leader waits for its quorum.
    leads: metrics['master/elected'] === 1 && 'registrar/registry_size_bytes' in metrics,
    unreachable: metrics['master/slaves_unreachable'] ?? 0,
  }
}

/** What the registry of the leading master holds. @throws MeshboxError while none leads */
export async function readRegistry(masters: Masters): Promise<Registry> {
  const host = masters.leader()
  if (!host) throw failure('none leads')
  const { leads, unreachable } = await standing(masters, host)
  if (!leads) throw failure(`the one at ${host} has not fetched its registry`)
  const [written, slaves] = await Promise.all([
    writtenAt(masters, host),
    ask(masters, host, '/master/slaves'),
  ])
  const { slaves: here, recovered_slaves } = slavesSchema.parse(slaves)
  const agents = [...new Set([...here, ...recovered_slaves].map(({ id }) => id))].sort()
  return { ...written, agents, unreachable }
}

type Written = Pick<Registry, 'weights' | 'quotas' | 'maintenance' | 'by'>

/** What people have put into it, however many agents there are. @throws MeshboxError while none leads */
export async function readWritten(masters: Masters): Promise<Written> {
  const host = masters.leader()
  if (!host) throw failure('none leads')
  return writtenAt(masters, host)
}

async function writtenAt(masters: Masters, host: string): Promise<Written> {
  const by = await idAt(masters, host)
  const [weights, quotas, maintenance] = await Promise.all(
    ['/weights', '/quota', '/maintenance/schedule'].map((path) => ask(masters, host, `/master${path}`)),
  )
  if ((await idAt(masters, host)) !== by) throw failure(`another one begins at ${host}`)
  return {
    weights: canonical(weights),
    quotas: canonical(quotas),
    maintenance: canonical(maintenance),
    by,
  }
}

async function idAt(masters: Masters, host: string): Promise<string> {
  return masterSchema.parse(await ask(masters, host, '/api/v1', operation)).get_master.master_info.id
}

/** The same text for the same content, whatever the order in which it is told. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
  return `{${members.sort().join(',')}}`
}

const parts = ['weights', 'quotas', 'maintenance'] as const

/**
 * What is missing in the registry now, or is not as it was noted. Agents may have come; those that died count as unreachable.
 * What the same master tells is what somebody wrote: it has it in its memory. Of another one it is not known, but a part
 * that changes while it is looked at is being written, and nothing can be said of it.
 * @param seen the registry as it was read since, the newest last
 */
export function lostFrom(noted: Registry, seen: Registry[]): string | undefined {
  const now = seen.at(-1)
  if (!now || (now.by !== undefined && now.by === noted.by)) return undefined
  for (const part of parts)
    if (noted[part] !== now[part] && seen.every((each) => each[part] === now[part]))
      return `the ${part} of the masters' registry were ${noted[part]} and are ${now[part]}`
  const missing = noted.agents.filter((id) => !now.agents.includes(id))
  if (missing.length > now.unreachable)
    return `${missing.length} of the ${noted.agents.length} agents of the masters' registry are not there any more`
  return undefined
}
