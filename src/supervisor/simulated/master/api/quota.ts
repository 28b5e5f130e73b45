import { z } from 'zod'
import { empty, json, plain } from '../../http.ts'
import { amounts, sum } from '../../resources.ts'
import { consumedBy } from '../cluster.ts'
import { type Master, offer, rescind } from '../master.ts'
import {
  type Amounts,
  amountsText,
  badConfig,
  badRole,
  isWithin,
  overcommitted,
  type QuotaConfig,
  quotaOf,
} from '../quota.ts'
import { updateQuotas } from '../registry.ts'

const scalarSchema = z.object({ value: z.number() })
const amountsSchema = z
  .record(z.string(), scalarSchema)
  .default({})
  .transform(
    (scalars): Amounts =>
      Object.fromEntries(Object.entries(scalars).map(([name, { value }]) => [name, value])),
  )
const configSchema = z.object({ role: z.string(), guarantees: amountsSchema, limits: amountsSchema })
const updateSchema = z.object({
  force: z.boolean().default(false),
  quota_configs: z.array(configSchema).default([]),
})
const resourceSchema = z.looseObject({
  name: z.string(),
  type: z.enum(['SCALAR', 'RANGES', 'SET', 'TEXT']),
  scalar: scalarSchema.optional(),
  role: z.string().default('*'),
})
const requestSchema = z.object({
  force: z.boolean().default(false),
  role: z.string().optional(),
  guarantee: z.array(resourceSchema).default([]),
})

const refused = (why: string): Response => plain(why, 400)

/** `/quota`, with the role in the path where it is to have none any more. */
export async function quota(master: Master, request: Request, { pathname }: URL): Promise<Response> {
  if (request.method === 'GET') return json(quotaStatusOf(master))
  if (!master.recovered) return plain('Master has not finished recovery', 503)
  if (request.method === 'POST') return setQuota(master, await request.json().catch(() => undefined))
  const [, role] = /\/quota\/(.+)$/.exec(pathname) ?? []
  if (role === undefined)
    return refused(
      `Failed to parse remove quota request for path '${pathname}': expected 3 tokens, found 2 tokens`,
    )
  return removeQuota(master, role)
}

/** Messages leave out what is empty. */
const filled = (members: Record<string, string | object>) =>
  Object.fromEntries(Object.entries(members).filter(([, member]) => Object.keys(member).length > 0))

/** As it has been since 1.9: in the old form, which knows no limits, and in the new one. */
export function quotaStatusOf({ cluster }: Master) {
  const scalars = (quantities: Amounts) =>
    Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, { value }]))
  const quotas = [...cluster.quotas]
  return filled({
    infos: quotas.map(([role, { guarantees }]) => {
      const guarantee = Object.entries(scalars(guarantees)).map(([name, scalar]) => ({
        name,
        type: 'SCALAR',
        scalar,
      }))
      return filled({ role, guarantee })
    }),
    configs: quotas.map(([role, { guarantees, limits }]) =>
      filled({ role, guarantees: scalars(guarantees), limits: scalars(limits) }),
    ),
  })
}

/** SET_QUOTA, the old way: a role that has none yet is guaranteed something, which is its limit as well. */
export async function setQuota(master: Master, value: unknown): Promise<Response> {
  const { quotas } = master.cluster
  const invalid = (why: string) => refused(`Failed to validate set quota request: ${why}`)
  const read = requestSchema.safeParse(value)
  if (!read.success) return invalid(z.prettifyError(read.error))
  const { force, role, guarantee } = read.data
  if (role === undefined) return invalid('QuotaInfo must specify a role')
  const bad = badRole(role)
  if (bad !== undefined) return invalid(`QuotaInfo with invalid role: ${bad}`)
  const why = badGuarantee(guarantee)
  if (why !== undefined) return invalid(why)
  if (quotas.has(role)) return invalid(`Cannot set quota for role '${role}' which already has quota`)
  if (role.includes('/')) return refused(`Setting quota on nested role '${role}' is not supported yet`)
  const guaranteed = Object.fromEntries(guarantee.map(({ name, scalar }) => [name, scalar?.value ?? 0]))
  const config = { role, ...quotaOf(guaranteed, guaranteed) }
  const wrong = badConfig(config)
  if (wrong !== undefined) return invalid(wrong)
  const over = force ? undefined : overcommitted([...quotas.values(), config], capacityOf(master))
  if (over !== undefined)
    return plain(
      `Quota guarantees overcommit the cluster (use 'force' to bypass this check): Total quota guarantees ${over}`,
      409,
    )
  // Known before it is written, so that it cannot be set twice; one that cannot be written ends the master.
  quotas.set(role, config)
  return store(master, [config])
}

function badGuarantee(guarantee: z.output<typeof resourceSchema>[]): string | undefined {
  if (guarantee.length === 0) return "QuotaInfo with empty 'guarantee'"
  const names = new Set<string>()
  for (const resource of guarantee) {
    const { name, type, scalar, role } = resource
    if (name === '') return 'QuotaInfo with invalid resource: Empty resource name'
    if (role !== '*' || 'reservation' in resource || 'reservations' in resource)
      return 'QuotaInfo must not contain any ReservationInfo'
    if ('disk' in resource) return 'QuotaInfo must not contain DiskInfo'
    if ('revocable' in resource) return 'QuotaInfo must not contain RevocableInfo'
    if (type !== 'SCALAR') return 'QuotaInfo must not include non-scalar resources'
    if (!scalar) return 'QuotaInfo with invalid resource: Invalid scalar resource'
    if (scalar.value < 0) return 'QuotaInfo with invalid resource: Invalid scalar resource: value <= 0'
    if (names.has(name)) return `QuotaInfo contains duplicate resource name '${name}'`
    names.add(name)
  }
  return undefined
}

/** UPDATE_QUOTA: all of them, or none. */
export async function updateQuota(master: Master, value: unknown): Promise<Response> {
  const { cluster } = master
  const read = updateSchema.safeParse(value)
  if (!read.success)
    return refused(`Failed to convert JSON into Call protobuf: ${z.prettifyError(read.error)}`)
  const { force } = read.data
  const configs = read.data.quota_configs.map(
    ({ role, guarantees, limits }): QuotaConfig => ({
      role,
      ...quotaOf(guarantees, limits),
    }),
  )
  for (const config of configs) {
    const { role, limits } = config
    if (role.includes('/')) return refused(`Updating quota on nested role '${role}' is not supported yet`)
    const bad = badConfig(config)
    if (bad !== undefined) return refused(`Invalid QuotaConfig: ${bad}`)
    const consumed = amounts(consumedBy(cluster, role))
    if (!force && !isWithin(consumed, limits))
      return refused(
        `Invalid QuotaConfig: Role '${role}' is already consuming '${amountsText(consumed)}'; this is more than the requested limits '${amountsText(limits)}' (use 'force' flag to bypass this check)`,
      )
  }
  const after = new Map([...cluster.quotas, ...configs.map((each) => [each.role, each] as const)])
  const over = force ? undefined : overcommitted(after.values(), capacityOf(master))
  if (over !== undefined)
    return refused(
      `Invalid QuotaConfig: total quota guarantees ${over} (use 'force' flag to bypass this check)`,
    )
  return store(master, configs)
}

/** REMOVE_QUOTA. */
export async function removeQuota(master: Master, role: string): Promise<Response> {
  if (!master.cluster.quotas.has(role))
    return refused(`Failed to remove quota: Role '${role}' has no quota set`)
  master.cluster.quotas.delete(role)
  await master.registrar.apply((registry) => updateQuotas(registry, [{ role, ...quotaOf({}, {}) }]))
  offer(master)
  return empty()
}

/** What all agents that have registered have, connected or not. */
const capacityOf = ({ cluster }: Master): Amounts =>
  amounts(sum([...cluster.agents.values()].map(({ info }) => info.resources)))

/** The answer comes when a quorum has it. What is offered is taken back, and offered anew as far as the limits go. */
async function store(master: Master, configs: QuotaConfig[]): Promise<Response> {
  const { cluster, registrar } = master
  await registrar.apply((registry) => updateQuotas(registry, configs))
  for (const { role, guarantees, limits } of configs) cluster.quotas.set(role, { guarantees, limits })
  for (const agentId of cluster.agents.keys()) rescind(master, { agentId })
  offer(master)
  return empty()
}
