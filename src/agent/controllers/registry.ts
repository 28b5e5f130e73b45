import { z } from 'zod'
import { askMaster, type Masters, mastersAway, standing } from '../masters.ts'
import type { Registry } from './change.ts'

const slavesSchema = z.object({
  slaves: z.array(z.object({ id: z.string() })),
  recovered_slaves: z.array(z.object({ id: z.string() })).default([]),
})

/** `infos` for all that know quotas, and `configs` since 1.9. */
const quotasSchema = z.record(z.string(), z.array(z.record(z.string(), z.unknown())))

const masterSchema = z.object({
  get_master: z.object({ master_info: z.object({ id: z.string() }) }),
})
const operation = {
  method: 'POST',
  body: JSON.stringify({ type: 'GET_MASTER' }),
  headers: { 'content-type': 'application/json', accept: 'application/json' },
}

/** What the registry of the leading master holds. @throws MeshboxError while none leads */
export async function readRegistry(masters: Masters): Promise<Registry> {
  const host = masters.leader()
  if (!host) throw mastersAway('none leads')
  const { leads, unreachable } = await standing(masters, host)
  if (!leads) throw mastersAway(`the one at ${host} has not fetched its registry`)
  const [written, slaves] = await Promise.all([
    writtenAt(masters, host),
    askMaster(masters, host, '/master/slaves'),
  ])
  const { slaves: here, recovered_slaves } = slavesSchema.parse(slaves)
  const agents = [...new Set([...here, ...recovered_slaves].map(({ id }) => id))].sort()
  return { ...written, agents, unreachable }
}

type Written = Pick<Registry, 'weights' | 'quotas' | 'maintenance' | 'by'>

/** What people have put into it, however many agents there are. @throws MeshboxError while none leads */
export async function readWritten(masters: Masters): Promise<Written> {
  const host = masters.leader()
  if (!host) throw mastersAway('none leads')
  return writtenAt(masters, host)
}

async function writtenAt(masters: Masters, host: string): Promise<Written> {
  const by = await idAt(masters, host)
  const [weights, quotas, maintenance] = await Promise.all(
    ['/weights', '/quota', '/maintenance/schedule'].map((path) => askMaster(masters, host, `/master${path}`)),
  )
  if ((await idAt(masters, host)) !== by) throw mastersAway(`another one begins at ${host}`)
  return {
    weights: canonical(weights),
    quotas: canonical(quotasOf(quotasSchema.parse(quotas))),
    maintenance: canonical(maintenance),
    by,
  }
}

/** A quota that was set back to nothing is a bare role to the one that leads, and no other one knows of it: it is none. */
function quotasOf(told: z.output<typeof quotasSchema>): typeof told {
  const lists = Object.entries(told).map(([name, list]): [string, typeof list] => [
    name,
    list.filter(({ role: _, ...rest }) => Object.keys(rest).length > 0),
  ])
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0))
}

async function idAt(masters: Masters, host: string): Promise<string> {
  return masterSchema.parse(await askMaster(masters, host, '/api/v1', operation)).get_master.master_info.id
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
