import { attributeMembers } from '../../attributes.ts'
import { full, reserved, summary, unreserved } from '../../resources.ts'
import { isTerminal, type Task, type TaskState, type TaskStatus } from '../../wire/model.ts'
import {
  type Agent,
  type Cluster,
  drainState,
  type Framework,
  isActive,
  offeredOn,
  offeredTo,
  tasksOn,
  usedBy,
  usedOn,
} from '../cluster.ts'

export const agentCapabilities = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
]

/** A member of `/state`'s `slaves`. */
export function renderAgent(cluster: Cluster, agent: Agent) {
  const { resources } = agent.info
  return {
    id: agent.id,
    hostname: agent.info.hostname,
    port: agent.info.port,
    attributes: attributeMembers(agent.info.attributes),
    pid: agent.pid,
    registered_time: agent.registeredTime,
    ...(agent.reregisteredTime === undefined ? {} : { reregistered_time: agent.reregisteredTime }),
    resources: summary(resources),
    used_resources: summary(usedOn(cluster, agent.id)),
    offered_resources: summary(offeredOn(cluster, agent.id)),
    reserved_resources: Object.fromEntries(
      [...reserved(resources)].map(([role, list]) => [role, summary(list)]),
    ),
    unreserved_resources: summary(unreserved(resources)),
    active: isActive(agent),
    deactivated: agent.deactivated,
    version: agent.version,
    capabilities: agentCapabilities,
    ...(agent.drain ? drainMembers(cluster, agent, agent.drain) : {}),
  }
}

function drainMembers(cluster: Cluster, agent: Agent, { config, startedAt }: NonNullable<Agent['drain']>) {
  return {
    drain_info: {
      state: drainState(cluster, agent),
      config: {
        ...(config.maxGraceMs === undefined
          ? {}
          : { max_grace_period: { nanoseconds: config.maxGraceMs * 1e6 } }),
        mark_gone: config.markGone,
      },
    },
    estimated_drain_start_time_seconds: startedAt,
  }
}

/** The same with the members that only `/slaves` shows. */
export function renderAgentFull(cluster: Cluster, agent: Agent) {
  const { resources } = agent.info
  const shape = { role: true, reservations: true }
  const used = tasksOn(cluster, agent.id).filter(({ task }) => !isTerminal(task.state))
  return {
    ...renderAgent(cluster, agent),
    reserved_resources_full: Object.fromEntries(
      [...reserved(resources)].map(([role, list]) => [role, full(list, shape)]),
    ),
    unreserved_resources_full: full(unreserved(resources), shape),
    used_resources_full: used.flatMap(({ task }) =>
      full(task.resources, { ...shape, allocatedTo: task.role }),
    ),
    offered_resources_full: full(offeredOn(cluster, agent.id), { ...shape, allocatedTo: '*' }),
  }
}

export const renderRecovered = ({ id, info }: { id: string; info: Agent['info'] }) => ({
  id,
  hostname: info.hostname,
  port: info.port,
  attributes: attributeMembers(info.attributes),
  resources: summary(info.resources),
})

export function renderTask(task: Task) {
  return {
    id: task.id,
    name: task.name,
    framework_id: task.frameworkId,
    executor_id: '',
    slave_id: task.agentId,
    state: task.state,
    resources: summary(task.resources),
    role: task.role,
    statuses: task.statuses.map(renderStatus),
    ...(task.labels ? { labels: task.labels } : {}),
    ...(task.discovery ? { discovery: task.discovery } : {}),
    ...(task.healthCheck ? { health_check: task.healthCheck } : {}),
  }
}

function renderStatus(status: TaskStatus) {
  const container = status.container_status
  return {
    state: status.state,
    timestamp: status.timestamp,
    ...(container
      ? { container_status: { container_id: container.container_id, network_infos: container.network_infos } }
      : {}),
    ...(status.healthy === undefined ? {} : { healthy: status.healthy }),
  }
}

/** The members that `/state` and `/state-summary` share. */
export function renderFrameworkHead(cluster: Cluster, framework: Framework) {
  const { info } = framework
  return {
    id: info.id,
    name: info.name,
    used_resources: summary(usedBy(framework)),
    offered_resources: summary(offeredTo(cluster, info.id)),
    capabilities: info.capabilities,
    hostname: info.hostname,
    ...(info.webuiUrl === undefined ? {} : { webui_url: info.webuiUrl }),
    active: framework.connected,
    connected: framework.connected,
    recovered: framework.recovered,
  }
}

export function renderFramework(cluster: Cluster, framework: Framework) {
  const { info } = framework
  const offers = [...cluster.offers.values()].filter((offer) => offer.frameworkId === info.id)
  return {
    ...renderFrameworkHead(cluster, framework),
    user: info.user,
    failover_timeout: info.failoverTimeout,
    checkpoint: info.checkpoint,
    registered_time: framework.registeredTime,
    unregistered_time: framework.unregisteredTime,
    ...(framework.reregisteredTime === undefined ? {} : { reregistered_time: framework.reregisteredTime }),
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    resources: summary([...usedBy(framework), ...offeredTo(cluster, info.id)]),
    roles: info.roles,
    tasks: [...framework.tasks.values()].map(renderTask),
    unreachable_tasks: [...framework.unreachable.values()].map(renderTask),
    completed_tasks: framework.completed.map(renderTask),
    offers: offers.map((offer) => ({
      id: offer.id,
      framework_id: offer.frameworkId,
      slave_id: offer.agentId,
      resources: summary(offer.resources),
    })),
    executors: [],
    ...(info.labels ? { labels: info.labels } : {}),
    offer_constraints: {},
  }
}

const counted: (TaskState | 'TASK_UNREACHABLE')[] = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_KILLED',
  'TASK_FAILED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_UNREACHABLE',
]

export const allTasks = (framework: Framework): Task[] => [
  ...framework.tasks.values(),
  ...framework.unreachable.values(),
  ...framework.completed,
]

/** How many tasks are in each state: members of `/state-summary`. */
export const countTasks = (tasks: Task[]): Record<string, number> =>
  Object.fromEntries(counted.map((state) => [state, tasks.filter((task) => task.state === state).length]))
