import { type Resource, subtract, sum } from '../resources.ts'
import { type AgentInfo, type FrameworkInfo, isTerminal, type Task } from '../wire/model.ts'
import type { Quota } from './quota.ts'
import type { Drain } from './registry.ts'

/** An agent that a leader knows. Times in Unix seconds. */
export type Agent = {
  id: string
  info: AgentInfo
  pid: string
  version: string
  registeredTime: number
  reregisteredTime?: number
  connected: boolean
  /** By the operator; `active` is connected and not deactivated. */
  deactivated: boolean
  drain?: Drain | undefined
}

export type Framework = {
  info: FrameworkInfo & { id: string }
  connected: boolean
  /** Known from its agents' tasks alone; its scheduler has not come to this leader. */
  recovered: boolean
  registeredTime: number
  reregisteredTime?: number
  unregisteredTime: number
  tasks: Map<string, Task>
  unreachable: Map<string, Task>
  completed: Task[]
  wantsOffers: boolean
}

export type OpenOffer = { id: string; agentId: string; frameworkId: string; resources: Resource[] }

/** All that a leader knows beside its registry. */
export type Cluster = {
  agents: Map<string, Agent>
  /** In the registry, not seen by this leader yet. */
  recovered: Map<string, { id: string; info: AgentInfo }>
  unreachable: Map<string, { id: string; info: AgentInfo; since: number }>
  frameworks: Map<string, Framework>
  completedFrameworks: Framework[]
  offers: Map<string, OpenOffer>
  /** By role. One that was set back to nothing stays, as with the original, and is not in the registry. */
  quotas: Map<string, Quota>
}

export const emptyCluster = (): Cluster => ({
  agents: new Map(),
  recovered: new Map(),
  unreachable: new Map(),
  frameworks: new Map(),
  completedFrameworks: [],
  offers: new Map(),
  quotas: new Map(),
})

export const isActive = (agent: Agent): boolean => agent.connected && !agent.deactivated

export function tasksOn(cluster: Cluster, agentId: string): { framework: Framework; task: Task }[] {
  return [...cluster.frameworks.values()].flatMap((framework) =>
    [...framework.tasks.values()]
      .filter((task) => task.agentId === agentId)
      .map((task) => ({ framework, task })),
  )
}

const running = (tasks: Iterable<Task>) => [...tasks].filter((task) => !isTerminal(task.state))

export const usedOn = (cluster: Cluster, agentId: string): Resource[] =>
  sum(running(tasksOn(cluster, agentId).map(({ task }) => task)).map((task) => task.resources))

export const offeredOn = (cluster: Cluster, agentId: string): Resource[] =>
  sum(
    [...cluster.offers.values()].filter((offer) => offer.agentId === agentId).map((offer) => offer.resources),
  )

export const usedBy = (framework: Framework): Resource[] =>
  sum(running(framework.tasks.values()).map((task) => task.resources))

export const offeredTo = (cluster: Cluster, frameworkId: string): Resource[] =>
  sum(
    [...cluster.offers.values()]
      .filter((offer) => offer.frameworkId === frameworkId)
      .map((offer) => offer.resources),
  )

const ofRole = (resources: Resource[], role: string) => resources.filter((each) => each.role === role)

/** What the tasks of a role have. */
export function allocatedTo(cluster: Cluster, role: string): Resource[] {
  const tasks = [...cluster.frameworks.values()].flatMap((framework) => [...framework.tasks.values()])
  return sum(running(tasks).flatMap((task) => (task.role === role ? [task.resources] : [])))
}

/** What counts against the quota of a role: what its tasks have, and what is reserved for it and has no task. */
export function consumedBy(cluster: Cluster, role: string): Resource[] {
  const allocated = allocatedTo(cluster, role)
  if (role === '*') return allocated
  const unused = [...cluster.agents.values()].flatMap(({ id, info }) => {
    const reserved = ofRole(info.resources, role)
    return reserved.length > 0 ? [subtract(reserved, ofRole(usedOn(cluster, id), role))] : []
  })
  return sum([allocated, ...unused])
}

/** `drain_info.state`: over when nothing runs there any more. */
export const drainState = (cluster: Cluster, agent: Agent): 'DRAINING' | 'DRAINED' =>
  tasksOn(cluster, agent.id).length === 0 ? 'DRAINED' : 'DRAINING'
