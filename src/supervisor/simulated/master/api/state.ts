import { mesosBuild } from '../../build.ts'
import { amounts } from '../../resources.ts'
import { allocatedTo, consumedBy, isActive, offeredTo, usedBy } from '../cluster.ts'
import type { Master } from '../master.ts'
import {
  allTasks,
  countTasks,
  renderAgent,
  renderAgentFull,
  renderFramework,
  renderFrameworkHead,
  renderRecovered,
  renderTask,
} from '../render/v0.ts'

export const masterCapabilities = ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2']

/** `GET /state`. A leader that has not recovered answers with an empty cluster. */
export function stateOf(master: Master) {
  const { cluster, info, leader, flags } = master
  const agents = [...cluster.agents.values()]
  const head = { id: info.id, pid: info.pid, hostname: info.hostname }
  return {
    ...mesosBuild,
    start_time: master.startTime,
    ...(master.electedTime === undefined ? {} : { elected_time: master.electedTime }),
    ...head,
    capabilities: masterCapabilities,
    activated_slaves: agents.filter(isActive).length,
    deactivated_slaves: agents.filter((agent) => !isActive(agent)).length,
    unreachable_slaves: cluster.unreachable.size,
    ...(flags.has('cluster') ? { cluster: flags.get('cluster') } : {}),
    ...(leader
      ? {
          leader: leader.pid,
          leader_info: { id: leader.id, pid: leader.pid, port: leader.port, hostname: leader.hostname },
        }
      : {}),
    flags: Object.fromEntries(flags),
    slaves: agents.map((agent) => renderAgent(cluster, agent)),
    recovered_slaves: [...cluster.recovered.values()].map(renderRecovered),
    frameworks: [...cluster.frameworks.values()].map((each) => renderFramework(cluster, each)),
    completed_frameworks: cluster.completedFrameworks.map((each) => renderFramework(cluster, each)),
    orphan_tasks: [],
    unregistered_frameworks: [],
  }
}

export function stateSummaryOf({ cluster, info, flags }: Master) {
  const frameworks = [...cluster.frameworks.values()]
  return {
    hostname: info.hostname,
    ...(flags.has('cluster') ? { cluster: flags.get('cluster') } : {}),
    slaves: [...cluster.agents.values()].map((agent) => {
      const here = frameworks.filter((each) => allTasks(each).some((task) => task.agentId === agent.id))
      const tasks = frameworks.flatMap(allTasks).filter((task) => task.agentId === agent.id)
      return {
        ...renderAgent(cluster, agent),
        ...countTasks(tasks),
        framework_ids: here.map((each) => each.info.id),
      }
    }),
    frameworks: frameworks.map((each) => ({
      ...renderFrameworkHead(cluster, each),
      ...countTasks(allTasks(each)),
      slave_ids: [...new Set(allTasks(each).map((task) => task.agentId))],
    })),
  }
}

export const slavesOf = ({ cluster }: Master) => ({
  slaves: [...cluster.agents.values()].map((agent) => renderAgentFull(cluster, agent)),
  recovered_slaves: [...cluster.recovered.values()].map(renderRecovered),
})

export const frameworksOf = ({ cluster }: Master) => ({
  frameworks: [...cluster.frameworks.values()].map((each) => renderFramework(cluster, each)),
  completed_frameworks: cluster.completedFrameworks.map((each) => renderFramework(cluster, each)),
  unregistered_frameworks: [],
})

/** `GET /tasks`, by `?limit=` (100), `?offset=` and `?order=` (des). */
export function tasksOf({ cluster }: Master, query: URLSearchParams) {
  const limit = Number(query.get('limit') ?? 100)
  const offset = Number(query.get('offset') ?? 0)
  const sign = query.get('order') === 'asc' ? 1 : -1
  const began = (task: { statuses: { timestamp: number }[] }) => task.statuses[0]?.timestamp ?? 0
  const tasks = [...cluster.frameworks.values(), ...cluster.completedFrameworks]
    .flatMap(allTasks)
    .sort((a, b) => sign * (began(a) - began(b)))
  return { tasks: tasks.slice(offset, offset + limit).map(renderTask) }
}

export function rolesOf({ cluster, registrar }: Master) {
  const frameworks = [...cluster.frameworks.values()]
  const weights = registrar.registry()?.weights ?? []
  const reservations = [...cluster.agents.values()].flatMap(({ info }) =>
    info.resources.filter(({ role }) => role !== '*'),
  )
  const names = new Set([
    ...reservations.map(({ role }) => role),
    '*',
    ...weights.map(({ role }) => role),
    ...cluster.quotas.keys(),
    ...frameworks.flatMap(({ info }) => info.roles),
  ])
  return {
    roles: [...names].sort().map((name) => {
      const mine = frameworks.filter(({ info }) => info.roles.includes(name))
      const quota = cluster.quotas.get(name)
      return {
        name,
        weight: weights.find(({ role }) => role === name)?.weight ?? 1,
        quota: {
          role: name,
          guarantee: quota?.guarantees ?? {},
          limit: quota?.limits ?? {},
          consumed: amounts(consumedBy(cluster, name)),
        },
        resources: amounts([
          ...mine.flatMap(usedBy),
          ...mine.flatMap((each) => offeredTo(cluster, each.info.id)),
        ]),
        allocated: amounts(allocatedTo(cluster, name)),
        offered: amounts(mine.flatMap((each) => offeredTo(cluster, each.info.id))),
        reserved: amounts(reservations.filter(({ role }) => role === name)),
        frameworks: mine.map(({ info }) => info.id),
      }
    }),
  }
}
