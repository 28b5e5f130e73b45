import { formatResources } from '../resources.ts'
import type { FromAgent } from '../wire/messages.ts'
import { isTerminal, type Task } from '../wire/model.ts'
import { type Agent, isActive, tasksOn } from './cluster.ts'
import { drained } from './drain.ts'
import {
  type AgentConnection,
  count,
  type Master,
  now,
  offer,
  publishStatus,
  publishTask,
  rescind,
  update,
} from './master.ts'
import { observe } from './observe.ts'
import { admit, remove } from './registry.ts'
import { v1Agent, v1Framework } from './render/v1.ts'
import { applyStatus, masterStatus, recoverFramework } from './tasks.ts'

/** What a connected agent says. */
export async function onAgentMessage(
  master: Master,
  from: AgentConnection,
  message: FromAgent,
): Promise<void> {
  if (message.type === 'pong') return from.pong()
  if (message.type === 'register') return register(master, from, message)
  if (message.type === 'reregister') return reregister(master, from, message)
  const agent = from.agentId === undefined ? undefined : master.cluster.agents.get(from.agentId)
  if (!agent) return
  if (message.type === 'unregister') return unregister(master, agent)
  const framework = master.cluster.frameworks.get(message.frameworkId)
  if (framework) update(master, framework, message.status)
  if (message.status.uuid) from.peer.send({ type: 'acknowledge', uuid: message.status.uuid })
  drained(master, agent)
}

const at = (pid: string, hostname: string) => `${pid} (${hostname})`

type Register = Extract<FromAgent, { type: 'register' }>
type Reregister = Extract<FromAgent, { type: 'reregister' }>

async function register(master: Master, from: AgentConnection, message: Register): Promise<void> {
  const where = at(message.pid, message.info.hostname)
  master.glog.info('master.cpp:6264', `Received register agent message from ${where}`)
  for (const old of [...master.cluster.agents.values()].filter(({ pid }) => pid === message.pid)) {
    await removeAgent(master, old, 'a new agent registered at the same address', 'reason_registered')
  }
  const id = `${master.info.id}-S${master.nextAgent++}`
  master.glog.info('master.cpp:6443', `Registering agent at ${where} with id ${id}`)
  await master.registrar.apply((registry) => admit(registry, id, message.info))
  const agent: Agent = {
    id,
    info: message.info,
    pid: message.pid,
    version: message.version,
    registeredTime: now(master),
    connected: true,
    deactivated: false,
  }
  count(master, 'slave_registrations')
  const total = formatResources(message.info.resources)
  master.glog.info('master.cpp:6536', `Registered agent ${id} at ${where} with ${total}`)
  take(master, from, agent)
  from.peer.send({ type: 'registered', id })
  offer(master)
}

function take(master: Master, from: AgentConnection, agent: Agent): void {
  master.agents.get(agent.id)?.close()
  from.agentId = agent.id
  agent.connected = !from.closed
  master.cluster.agents.set(agent.id, agent)
  if (agent.connected) master.agents.set(agent.id, from.peer)
  master.events.publish({ type: 'AGENT_ADDED', agent_added: { agent: v1Agent(master.cluster, agent) } })
  observe(master, from, agent)
}

async function reregister(master: Master, from: AgentConnection, message: Reregister): Promise<void> {
  const { cluster } = master
  const { id, info, pid, version } = message
  const where = at(pid, info.hostname)
  master.glog.info('master.cpp:6625', `Received reregister agent message from agent ${id} at ${where}`)
  const registry = master.registrar.registry()
  const admitted = registry?.agents.find((agent) => agent.id === id)
  if (!admitted) {
    if (!registry?.unreachable.some((agent) => agent.id === id))
      master.glog.warning(
        'registry_operations.cpp:200',
        `Allowing UNKNOWN agent to reregister: hostname: "${info.hostname}"`,
      )
    await master.registrar.apply((current) => admit(current, id, info))
  } else if (JSON.stringify(admitted.info) !== JSON.stringify(info)) {
    await master.registrar.apply((current) => admit(current, id, info))
  }
  const before = cluster.agents.get(id)
  cluster.recovered.delete(id)
  cluster.unreachable.delete(id)
  const time = now(master)
  const agent: Agent = {
    id,
    info,
    pid,
    version,
    registeredTime: before?.registeredTime ?? time,
    reregisteredTime: time,
    connected: true,
    deactivated: before?.deactivated ?? admitted?.deactivated ?? false,
    drain: before?.drain ?? admitted?.drain,
  }
  count(master, 'slave_reregistrations')
  if (before) {
    cluster.agents.set(id, agent)
    master.agents.get(id)?.close()
    from.agentId = id
    agent.connected = !from.closed
    if (agent.connected) master.agents.set(id, from.peer)
    observe(master, from, agent)
  } else take(master, from, agent)
  for (const each of message.frameworks) {
    if (each.id === undefined) continue
    const recovered = recoverFramework(cluster, { ...each, id: each.id })
    if (!recovered) continue
    master.glog.info(
      'master.cpp:7468',
      `Recovering framework ${each.id} from reregistering agent ${id} at ${where}`,
    )
    master.events.publish({ type: 'FRAMEWORK_ADDED', framework_added: { framework: v1Framework(recovered) } })
  }
  reconcile(master, agent, message.tasks)
  master.glog.info('master.cpp:7320', `Re-registered agent ${id} at ${where}`)
  from.peer.send({ type: 'reregistered', id })
  for (const task of message.tasks) {
    const uuid = task.statuses.at(-1)?.uuid
    if (isTerminal(task.state) && uuid) from.peer.send({ type: 'acknowledge', uuid })
  }
  if (agent.drain) from.peer.send({ type: 'drain', config: agent.drain.config })
  offer(master)
}

/** The agent's word about its tasks is the truth: what differs here is brought in line. */
function reconcile(master: Master, agent: Agent, tasks: Task[]): void {
  for (const task of tasks) {
    const framework = master.cluster.frameworks.get(task.frameworkId)
    if (!framework) continue
    const known = framework.tasks.get(task.id)
    const last = task.statuses.at(-1)
    if (known) {
      if (known.state === task.state || !last) continue
      if (applyStatus(framework, last)) publishStatus(master, framework, last)
      continue
    }
    const wasUnreachable = framework.unreachable.delete(task.id)
    if (framework.completed.some(({ id }) => id === task.id)) continue
    framework.tasks.set(task.id, task)
    publishTask(master, task)
    if (isTerminal(task.state) && last) {
      framework.tasks.set(task.id, { ...task, state: 'TASK_RUNNING', statuses: task.statuses.slice(0, -1) })
      update(master, framework, last)
    } else if (wasUnreachable) {
      const message = 'Unreachable agent re-reregistered'
      const status = masterStatus(task, task.state, 'REASON_AGENT_REREGISTERED', message, now(master))
      master.schedulers.get(framework.info.id)?.send({ type: 'update', status })
    }
  }
  const reported = new Set(tasks.map(({ id }) => id))
  for (const { framework, task } of tasksOn(master.cluster, agent.id)) {
    if (reported.has(task.id)) continue
    const message = 'Task is unknown to the agent'
    update(master, framework, masterStatus(task, 'TASK_LOST', 'REASON_RECONCILIATION', message, now(master)))
  }
}

async function unregister(master: Master, agent: Agent): Promise<void> {
  await removeAgent(master, agent, 'the agent unregistered', 'reason_unregistered')
}

/** Takes an agent out of everything; its tasks are lost. */
async function removeAgent(master: Master, agent: Agent, why: string, reason: string): Promise<void> {
  const { cluster } = master
  if (cluster.agents.get(agent.id) !== agent) return
  master.glog.info(
    'master.cpp:11033',
    `Removing agent ${agent.id} at ${at(agent.pid, agent.info.hostname)}: ${why}`,
  )
  rescind(master, { agentId: agent.id })
  const message = `Agent ${agent.info.hostname} removed: ${why}`
  for (const { framework, task } of tasksOn(cluster, agent.id)) {
    update(master, framework, masterStatus(task, 'TASK_LOST', 'REASON_AGENT_REMOVED', message, now(master)))
  }
  cluster.agents.delete(agent.id)
  master.agents.delete(agent.id)
  count(master, 'slave_removals')
  count(master, `slave_removals/${reason}`)
  master.events.publish({ type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: agent.id } } })
  for (const scheduler of master.schedulers.values()) scheduler.send({ type: 'failure', agentId: agent.id })
  await master.registrar.apply((registry) => remove(registry, agent.id))
}

/** The connection broke: its tasks go on, offers of it are void. */
export function onAgentGone(master: Master, from: AgentConnection): void {
  from.closed = true
  if (from.agentId === undefined || master.agents.get(from.agentId) !== from.peer) return
  master.agents.delete(from.agentId)
  const agent = master.cluster.agents.get(from.agentId)
  if (!agent) return
  const where = at(agent.pid, agent.info.hostname)
  const wasActive = isActive(agent)
  agent.connected = false
  master.glog.info('master.cpp:1301', `Agent ${agent.id} at ${where} disconnected`)
  master.glog.info('master.cpp:3463', `Disconnecting agent ${agent.id} at ${where}`)
  if (wasActive) master.glog.info('master.cpp:3482', `Deactivating agent ${agent.id} at ${where}`)
  rescind(master, { agentId: agent.id })
}
