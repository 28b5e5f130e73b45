import { attributeMembers } from '../attributes.ts'
import { mesosBuild } from '../build.ts'
import { system } from '../master/render/metrics.ts'
import { agentCapabilities, renderTask } from '../master/render/v0.ts'
import { usageOf } from '../process.ts'
import { add, full, type Resource, reserved, scalarOf, sum, summary, unreserved } from '../resources.ts'
import { isTerminal } from '../wire/model.ts'
import type { Agent } from './agent.ts'
import names from './metric-names.json'
import type { Run } from './tasks.ts'

/** What the command executor takes beside its task. */
const executorShare: Resource[] = [
  { name: 'cpus', role: '*', value: 0.1 },
  { name: 'mem', role: '*', value: 32 },
]

const isLive = ({ record }: Run) => !isTerminal(record.task.state)
const executorResources = (run: Run): Resource[] =>
  isLive(run) ? add(run.record.task.resources, executorShare) : executorShare
const executorName = ({ record: { task } }: Run) =>
  `Command Executor (Task: ${task.id}) (Command: sh -c '${task.command}')`
const allocated = (agent: Agent): Resource[] => sum(agent.tasks.live().map(executorResources))

/** `GET /slave(1)/state` */
export function stateOf(agent: Agent) {
  const { resources } = agent.info
  const shape = { role: true, reservations: true }
  const used = allocated(agent)
  const byRole = (list: Resource[]) =>
    Object.fromEntries([...reserved(list)].map(([role, each]) => [role, summary(each)]))
  return {
    ...mesosBuild,
    start_time: agent.startTime,
    id: agent.id,
    pid: agent.pid,
    hostname: agent.info.hostname,
    capabilities: agentCapabilities,
    resources: summary(resources),
    reserved_resources: byRole(resources),
    unreserved_resources: summary(unreserved(resources)),
    reserved_resources_full: Object.fromEntries(
      [...reserved(resources)].map(([role, list]) => [role, full(list, shape)]),
    ),
    unreserved_resources_full: full(unreserved(resources), shape),
    reserved_resources_allocated: byRole(used),
    unreserved_resources_allocated: summary(unreserved(used)),
    resource_providers: [],
    attributes: attributeMembers(agent.info.attributes),
    master_hostname: agent.masterHostname,
    flags: Object.fromEntries(agent.flags),
    frameworks: frameworksOf(agent),
    completed_frameworks: [],
  }
}

function frameworksOf(agent: Agent) {
  const byFramework = Map.groupBy(agent.tasks.runs(), ({ record }) => record.framework.id)
  return [...byFramework.values()].flatMap((runs) => {
    const info = runs[0]?.record.framework
    return info
      ? [
          {
            id: info.id,
            name: info.name,
            user: info.user,
            failover_timeout: info.failoverTimeout,
            checkpoint: info.checkpoint,
            hostname: info.hostname,
            ...(info.principal === undefined ? {} : { principal: info.principal }),
            roles: info.roles,
            executors: runs.filter(isLive).map(renderExecutor),
            completed_executors: runs.filter((run) => !isLive(run)).map(renderExecutor),
          },
        ]
      : []
  })
}

function renderExecutor(run: Run) {
  const { task, containerId } = run.record
  return {
    id: task.id,
    name: executorName(run),
    source: task.id,
    container: containerId,
    directory: run.dirs.sandbox,
    resources: summary(executorResources(run)),
    role: task.role,
    ...(task.labels ? { labels: task.labels } : {}),
    tasks: isLive(run) ? [renderTask(task)] : [],
    queued_tasks: [],
    completed_tasks: isLive(run) ? [] : [renderTask(task)],
  }
}

/** `GET /monitor/statistics` */
export const statisticsOf = (agent: Agent) =>
  agent.tasks.live().map((run) => {
    const { task, framework } = run.record
    const resources = executorResources(run)
    const usage = usageOf(run.executor?.taskPid() ?? 0)
    const memory = scalarOf(resources, 'mem') * 2 ** 20
    return {
      executor_id: task.id,
      executor_name: executorName(run),
      framework_id: framework.id,
      source: task.id,
      statistics: {
        cpus_soft_limit: scalarOf(resources, 'cpus'),
        cpus_system_time_secs: usage.system,
        cpus_user_time_secs: usage.user,
        mem_limit_bytes: memory,
        mem_rss_bytes: usage.rss,
        mem_soft_limit_bytes: memory,
        timestamp: agent.clock.now() / 1000,
      },
    }
  })

/** `GET /containers` */
export const containersOf = (agent: Agent) =>
  statisticsOf(agent).map((about, i) => {
    const run = agent.tasks.live()[i]
    const id = run?.record.containerId ?? ''
    return {
      container_id: id,
      ...about,
      status: { container_id: { value: id }, executor_pid: run?.executor?.pid() ?? 0 },
    }
  })

/** `GET /metrics/snapshot` */
export function metricsOf(agent: Agent): Record<string, number> {
  const runs = agent.tasks.runs()
  const inState = (state: string) => runs.filter(({ record }) => record.task.state === state).length
  const live = agent.tasks.live()
  const used = sum(live.map(({ record }) => record.task.resources))
  const values: Record<string, number> = {
    // As with the original, this says nothing: it is 1 as soon as the agent looks for a master.
    'slave/registered': agent.recoverySecs === undefined ? 0 : 1,
    'slave/uptime_secs': agent.clock.now() / 1000 - agent.startTime,
    'slave/executors_running': live.length,
    'slave/executors_terminated': runs.length - live.length,
    'slave/frameworks_active': new Set(live.map(({ record }) => record.framework.id)).size,
    'slave/tasks_failed': inState('TASK_FAILED'),
    'slave/tasks_finished': inState('TASK_FINISHED'),
    'slave/tasks_killed': inState('TASK_KILLED'),
    'slave/tasks_running': inState('TASK_RUNNING'),
    'slave/tasks_staging': inState('TASK_STAGING'),
    'slave/tasks_starting': inState('TASK_STARTING'),
    ...(agent.recoverySecs === undefined ? {} : { 'slave/recovery_time_secs': agent.recoverySecs }),
  }
  for (const name of ['cpus', 'mem', 'disk', 'gpus']) {
    const total = scalarOf(agent.info.resources, name)
    values[`slave/${name}_total`] = total
    values[`slave/${name}_used`] = scalarOf(used, name)
    values[`slave/${name}_percent`] = total > 0 ? scalarOf(used, name) / total : 0
  }
  return { ...Object.fromEntries(names.map((name) => [name, 0])), ...values, ...system() }
}
