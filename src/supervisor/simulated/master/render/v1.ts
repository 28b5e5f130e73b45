import { fullAttributes } from '../../attributes.ts'
import { full } from '../../resources.ts'
import type { AgentInfo, Task } from '../../wire/model.ts'
import {
  type Agent,
  type Cluster,
  drainState,
  type Framework,
  isActive,
  offeredOn,
  offeredTo,
  usedBy,
  usedOn,
} from '../cluster.ts'
import { agentCapabilities } from './v0.ts'

const time = (seconds: number) => ({ nanoseconds: Math.round(seconds * 1e9) })

/** `task_added.task`, and a member of GET_TASKS. */
export function v1Task(task: Task) {
  const last = task.statuses.at(-1)
  return {
    name: task.name,
    task_id: { value: task.id },
    framework_id: { value: task.frameworkId },
    agent_id: { value: task.agentId },
    state: task.state,
    resources: full(task.resources, { allocatedTo: task.role }),
    ...(last ? { statuses: task.statuses, status_update_state: last.state } : {}),
    ...(last?.uuid ? { status_update_uuid: last.uuid } : {}),
    ...(task.labels ? { labels: { labels: task.labels } } : {}),
    ...(task.discovery ? { discovery: task.discovery } : {}),
    ...(task.healthCheck ? { health_check: task.healthCheck } : {}),
  }
}

export function v1Framework(framework: Framework) {
  const { info } = framework
  return {
    framework_info: v1FrameworkInfo(framework),
    active: framework.connected,
    connected: framework.connected,
    recovered: framework.recovered,
    registered_time: time(framework.registeredTime),
    reregistered_time: time(framework.reregisteredTime ?? framework.registeredTime),
    ...(framework.unregisteredTime > 0 ? { unregistered_time: time(framework.unregisteredTime) } : {}),
    ...(framework.tasks.size > 0
      ? { allocated_resources: full(usedBy(framework), { role: true, allocatedTo: info.roles[0] ?? '*' }) }
      : {}),
  }
}

export function v1FrameworkInfo({ info }: Framework) {
  return {
    user: info.user,
    name: info.name,
    id: { value: info.id },
    failover_timeout: info.failoverTimeout,
    checkpoint: info.checkpoint,
    roles: info.roles,
    hostname: info.hostname,
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    ...(info.webuiUrl === undefined ? {} : { webui_url: info.webuiUrl }),
    capabilities: info.capabilities.map((type) => ({ type })),
    ...(info.labels ? { labels: { labels: info.labels } } : {}),
  }
}

function v1AgentInfo(id: string, info: AgentInfo) {
  return {
    hostname: info.hostname,
    port: info.port,
    resources: full(info.resources, {}),
    ...(info.attributes.length > 0 ? { attributes: fullAttributes(info.attributes) } : {}),
    id: { value: id },
    checkpoint: true,
  }
}

export function v1Agent(cluster: Cluster, agent: Agent) {
  const shape = { role: true, allocatedTo: '*' }
  const used = usedOn(cluster, agent.id)
  const offered = offeredOn(cluster, agent.id)
  return {
    agent_info: v1AgentInfo(agent.id, agent.info),
    active: isActive(agent),
    deactivated: agent.deactivated,
    version: agent.version,
    pid: agent.pid,
    registered_time: time(agent.registeredTime),
    ...(agent.reregisteredTime === undefined ? {} : { reregistered_time: time(agent.reregisteredTime) }),
    total_resources: full(agent.info.resources, { role: true, reservations: true }),
    ...(used.length > 0 ? { allocated_resources: full(used, shape) } : {}),
    ...(offered.length > 0 ? { offered_resources: full(offered, shape) } : {}),
    capabilities: agentCapabilities.map((type) => ({ type })),
    ...(agent.drain ? { drain_info: { state: drainState(cluster, agent) } } : {}),
  }
}

/** The answer of GET_STATE, and what SUBSCRIBED begins with. */
export function v1State(cluster: Cluster) {
  const frameworks = [...cluster.frameworks.values()]
  const known = [...frameworks, ...cluster.completedFrameworks]
  return {
    get_tasks: {
      tasks: frameworks.flatMap((each) => [...each.tasks.values()].map(v1Task)),
      unreachable_tasks: frameworks.flatMap((each) => [...each.unreachable.values()].map(v1Task)),
      completed_tasks: known.flatMap((each) => each.completed.map(v1Task)),
    },
    get_executors: { executors: [] },
    get_frameworks: {
      frameworks: frameworks.map((each) => ({
        ...v1Framework(each),
        ...(offeredTo(cluster, each.info.id).length > 0
          ? { offered_resources: full(offeredTo(cluster, each.info.id), { role: true, allocatedTo: '*' }) }
          : {}),
        offer_constraints: {},
      })),
      completed_frameworks: cluster.completedFrameworks.map(v1Framework),
    },
    get_agents: {
      agents: [...cluster.agents.values()].map((agent) => v1Agent(cluster, agent)),
      recovered_agents: [...cluster.recovered.values()].map(({ id, info }) => v1AgentInfo(id, info)),
    },
  }
}
