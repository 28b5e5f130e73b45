import type { AgentInfo, DrainConfig } from '../wire/model.ts'
import { isDefault, type QuotaConfig } from './quota.ts'
import type { Window } from './schedule.ts'

/** An operator's order to empty an agent; `startedAt` in Unix seconds. */
export type Drain = { config: DrainConfig; startedAt: number }

/** What the masters agree on through their replicated log. */
export type Registry = {
  agents: { id: string; info: AgentInfo; deactivated?: boolean; drain?: Drain | undefined }[]
  unreachable: { id: string; info: AgentInfo; since: number }[]
  weights: { role: string; weight: number }[]
  quotas: QuotaConfig[]
  maintenance: Window[]
}

/** Before anything was ever stored. */
export const emptyRegistry: Registry = {
  agents: [],
  unreachable: [],
  weights: [],
  quotas: [],
  maintenance: [],
}

export function admit(registry: Registry, id: string, info: AgentInfo): Registry {
  const before = registry.agents.find((agent) => agent.id === id)
  return {
    ...registry,
    agents: [...registry.agents.filter((agent) => agent.id !== id), { ...before, id, info }],
    unreachable: registry.unreachable.filter((agent) => agent.id !== id),
  }
}

export function remove(registry: Registry, id: string): Registry {
  return {
    ...registry,
    agents: registry.agents.filter((agent) => agent.id !== id),
    unreachable: registry.unreachable.filter((agent) => agent.id !== id),
  }
}

/** The operator's word about an agent, which the next leader must know, too. */
export function mark(
  registry: Registry,
  id: string,
  { deactivated, drain }: { deactivated: boolean; drain: Drain | undefined },
): Registry {
  const agents = registry.agents.map((agent) => (agent.id === id ? { ...agent, deactivated, drain } : agent))
  return { ...registry, agents }
}

export function markUnreachable(registry: Registry, id: string, since: number): Registry {
  const agent = registry.agents.find((each) => each.id === id)
  if (!agent) return registry
  return { ...remove(registry, id), unreachable: [...registry.unreachable, { id, info: agent.info, since }] }
}

export function setWeights(registry: Registry, weights: Registry['weights']): Registry {
  const rest = registry.weights.filter(({ role }) => !weights.some((each) => each.role === role))
  return { ...registry, weights: [...rest, ...weights].sort((a, b) => (a.role < b.role ? -1 : 1)) }
}

/** A quota that says nothing is taken away. */
export function updateQuotas(registry: Registry, configs: QuotaConfig[]): Registry {
  const byRole = new Map([...registry.quotas, ...configs].map((each) => [each.role, each]))
  return { ...registry, quotas: [...byRole.values()].filter((each) => !isDefault(each)) }
}

/** There is one schedule, which another one replaces as a whole. */
export const setSchedule = (registry: Registry, maintenance: Window[]): Registry => ({
  ...registry,
  maintenance,
})
