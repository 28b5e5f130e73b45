import { type DrainConfig, isTerminal } from '../wire/model.ts'
import { type Agent, tasksOn } from './cluster.ts'
import { type Master, now, offer, rescind } from './master.ts'
import { mark } from './registry.ts'

/** DRAIN_AGENT: no new tasks there, and those that run are killed. False: no such agent. */
export async function drain(master: Master, agentId: string, config: DrainConfig): Promise<boolean> {
  const agent = master.cluster.agents.get(agentId)
  if (!agent) return false
  agent.drain = { config, startedAt: now(master) }
  await deactivate(master, agent)
  master.agents.get(agentId)?.send({ type: 'drain', config })
  drained(master, agent)
  return true
}

/** DEACTIVATE_AGENT: no new tasks there. */
export async function deactivate(master: Master, agent: Agent): Promise<void> {
  agent.deactivated = true
  master.glog.info(
    'master.cpp:3482',
    `Deactivating agent ${agent.id} at ${agent.pid} (${agent.info.hostname})`,
  )
  rescind(master, { agentId: agent.id })
  await keep(master, agent)
}

/** REACTIVATE_AGENT. */
export async function reactivate(master: Master, agentId: string): Promise<boolean> {
  const agent = master.cluster.agents.get(agentId)
  if (!agent) return false
  agent.deactivated = false
  agent.drain = undefined
  await keep(master, agent)
  offer(master)
  return true
}

const keep = (master: Master, { id, deactivated, drain }: Agent): Promise<void> =>
  master.registrar.apply((registry) => mark(registry, id, { deactivated, drain }))

/** Once nothing runs there any more: an agent that is to be gone is told to end. */
export function drained(master: Master, agent: Agent): void {
  if (!agent.drain?.config.markGone) return
  if (tasksOn(master.cluster, agent.id).some(({ task }) => !isTerminal(task.state))) return
  master.agents.get(agent.id)?.send({ type: 'shutdown', message: 'Agent has been marked gone' })
}
