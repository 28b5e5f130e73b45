import type { Clock } from '../../../clock.ts'
import type { Gate } from '../authentication.ts'
import type { Flags } from '../flags/mesos.ts'
import type { Glog } from '../glog.ts'
import type { ToAgent, ToScheduler } from '../wire/messages.ts'
import type { TaskStatus } from '../wire/model.ts'
import type { Cluster, Framework } from './cluster.ts'
import type { Events } from './events.ts'
import type { ReplicatedLog } from './log/log.ts'
import { makeOffers } from './offers.ts'
import type { Registrar } from './registrar.ts'
import { v1Task } from './render/v1.ts'
import { applyStatus } from './tasks.ts'

/** Where a master is reached, as in its znode. */
export type MasterInfo = { id: string; pid: string; hostname: string; ip: string; port: number }

/** One end of a web socket to another stand-in. */
export type Peer<Out> = { send(message: Out): void; close(): void }

/** A running master: what the handlers of its messages and requests work on. */
export type Master = {
  info: MasterInfo
  flags: Flags
  gate: Gate
  /** Unix seconds. */
  startTime: number
  electedTime: number | undefined
  /** The registry is fetched: agents and schedulers are taken in. */
  recovered: boolean
  /** Who leads, as far as known; this master itself while it still contends with its own old znode, too. */
  leader: MasterInfo | undefined
  cluster: Cluster
  agents: Map<string, Peer<ToAgent>>
  schedulers: Map<string, Peer<ToScheduler>>
  events: Events
  log: ReplicatedLog
  registrar: Registrar
  glog: Glog
  clock: Clock
  counters: Map<string, number>
  nextAgent: number
  nextFramework: number
  nextOffer: number
}

export const now = (master: Master): number => master.clock.now() / 1000

export function count(master: Master, name: string, by = 1): void {
  master.counters.set(name, (master.counters.get(name) ?? 0) + by)
}

/** Agents' messages are about an agent that this connection has registered. */
export type AgentConnection = {
  peer: Peer<ToAgent>
  agentId: string | undefined
  pong: () => void
  closed: boolean
}

/** Takes a status into the books, tells the subscribers and the scheduler. */
export function update(master: Master, framework: Framework, status: TaskStatus): void {
  if (!applyStatus(framework, status)) return
  count(master, `tasks:${status.state}`)
  publishStatus(master, framework, status)
  offer(master)
}

export function publishStatus(master: Master, framework: Framework, status: TaskStatus): void {
  const framework_id = { value: framework.info.id }
  master.events.publish({ type: 'TASK_UPDATED', task_updated: { framework_id, status, state: status.state } })
  master.schedulers.get(framework.info.id)?.send({ type: 'update', status })
}

export function publishTask(master: Master, task: Parameters<typeof v1Task>[0]): void {
  master.events.publish({ type: 'TASK_ADDED', task_added: { task: v1Task(task) } })
}

/** Offers what is free to those who want it. Cheap when nobody does. */
export function offer(master: Master): void {
  const made = makeOffers(master.cluster, () => `${master.info.id}-O${master.nextOffer++}`)
  const byFramework = Map.groupBy(made, ({ frameworkId }) => frameworkId)
  for (const [frameworkId, list] of byFramework) {
    master.schedulers.get(frameworkId)?.send({
      type: 'offers',
      offers: list.flatMap(({ id, agentId, resources }) => {
        const agent = master.cluster.agents.get(agentId)
        if (!agent) return []
        const { hostname, ip, attributes } = agent.info
        return [{ id, agentId, hostname, ip, resources, attributes }]
      }),
    })
  }
}

/** Takes back the offers that `whose` chooses. */
export function rescind(master: Master, whose: { agentId?: string; frameworkId?: string }): void {
  for (const each of [...master.cluster.offers.values()]) {
    const hit = each.agentId === whose.agentId || each.frameworkId === whose.frameworkId
    if (!hit) continue
    master.cluster.offers.delete(each.id)
    master.schedulers.get(each.frameworkId)?.send({ type: 'rescind', offerId: each.id })
  }
}
