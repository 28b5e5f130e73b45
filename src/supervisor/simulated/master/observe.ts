import { milliseconds } from '../flags/mesos.ts'
import { type Agent, tasksOn } from './cluster.ts'
import { type AgentConnection, count, type Master, now, publishStatus, rescind } from './master.ts'
import { markUnreachable } from './registry.ts'
import { masterStatus, moveToUnreachable } from './tasks.ts'

/** Pings the agent every `--agent_ping_timeout`; after `--max_agent_ping_timeouts` of them unanswered it is unreachable. */
export function observe(master: Master, from: AgentConnection, agent: Agent): void {
  const timeoutMs = milliseconds(master.flags, 'agent_ping_timeout')
  const most = Number(master.flags.get('max_agent_ping_timeouts'))
  let missed = 0
  let answered = true
  from.pong = () => {
    answered = true
  }
  const ping = () => {
    if (master.cluster.agents.get(agent.id) !== agent) return
    missed = answered ? 0 : missed + 1
    if (missed >= most) return void becomeUnreachable(master, from, agent)
    answered = false
    if (!from.closed) from.peer.send({ type: 'ping', withinMs: timeoutMs * most })
    master.clock.after(timeoutMs, ping)
  }
  ping()
}

async function becomeUnreachable(master: Master, from: AgentConnection, agent: Agent): Promise<void> {
  const { cluster } = master
  const since = now(master)
  const where = `${agent.pid} (${agent.info.hostname})`
  master.glog.info(
    'master.cpp:8640',
    `Marking agent ${agent.id} at ${where} unreachable: health check timed out`,
  )
  rescind(master, { agentId: agent.id })
  cluster.agents.delete(agent.id)
  cluster.unreachable.set(agent.id, { id: agent.id, info: agent.info, since })
  const message = `Agent ${agent.info.hostname} is unreachable: health check timed out`
  for (const { framework, task } of tasksOn(cluster, agent.id)) {
    const status = masterStatus(task, 'TASK_LOST', 'REASON_AGENT_REMOVED', message, since)
    moveToUnreachable(framework, task, status)
    count(master, 'tasks:TASK_LOST')
    publishStatus(master, framework, status)
  }
  count(master, 'slave_unreachable_completed')
  count(master, 'slave_removals')
  count(master, 'slave_removals/reason_unhealthy')
  master.events.publish({ type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: agent.id } } })
  for (const scheduler of master.schedulers.values()) scheduler.send({ type: 'failure', agentId: agent.id })
  await master.registrar.apply((registry) => markUnreachable(registry, agent.id, since))
  master.agents.delete(agent.id)
  from.peer.close() // one that wakes up again must register anew
}

/** After the election: agents of the registry that do not come back within `--agent_reregister_timeout`. */
export function awaitRecovered(master: Master): void {
  master.clock.after(milliseconds(master.flags, 'agent_reregister_timeout'), () => {
    for (const { id, info } of [...master.cluster.recovered.values()]) {
      const since = now(master)
      master.glog.warning(
        'master.cpp:1929',
        `Agent ${id} (${info.hostname}) did not reregister within the timeout; marking it unreachable`,
      )
      master.cluster.recovered.delete(id)
      master.cluster.unreachable.set(id, { id, info, since })
      count(master, 'recovery_slave_removals')
      void master.registrar.apply((registry) => markUnreachable(registry, id, since))
    }
  })
}
