import type { FromScheduler, ToScheduler } from '../wire/messages.ts'
import type { FrameworkInfo, Task, TaskInfo, TaskStatus } from '../wire/model.ts'
import { type Framework, tasksOn } from './cluster.ts'
import { count, type Master, now, offer, type Peer, publishTask, rescind, update } from './master.ts'
import { fits } from './offers.ts'
import { v1Framework, v1FrameworkInfo } from './render/v1.ts'
import { masterStatus } from './tasks.ts'

/** One web socket of a scheduler. */
export type SchedulerConnection = { peer: Peer<ToScheduler>; frameworkId: string | undefined }

export function onSchedulerMessage(master: Master, from: SchedulerConnection, message: FromScheduler): void {
  if (message.type === 'subscribe') {
    subscribe(master, from, message.info)
    return
  }
  const framework =
    from.frameworkId === undefined ? undefined : master.cluster.frameworks.get(from.frameworkId)
  if (!framework || master.schedulers.get(framework.info.id) !== from.peer) return
  switch (message.type) {
    case 'revive':
    case 'suppress':
      framework.wantsOffers = message.type === 'revive'
      offer(master)
      break
    case 'accept':
      accept(master, framework, message.offerIds, message.tasks)
      break
    case 'kill':
      kill(master, framework, message.taskId, message.graceMs)
      break
    case 'reconcile':
      reconcile(master, framework, message.tasks)
      break
    case 'teardown':
      removeFramework(master, framework)
  }
}

function subscribe(master: Master, from: SchedulerConnection, info: FrameworkInfo): void {
  const { cluster } = master
  if (info.id !== undefined && cluster.completedFrameworks.some((each) => each.info.id === info.id)) {
    from.peer.send({ type: 'error', message: 'Framework has been removed' })
    from.peer.close()
    return
  }
  const id = info.id ?? `${master.info.id}-${String(master.nextFramework++).padStart(4, '0')}`
  const time = now(master)
  const before = cluster.frameworks.get(id)
  const old = master.schedulers.get(id)
  if (old && old !== from.peer) {
    old.send({ type: 'error', message: 'Framework failed over' })
    old.close()
  }
  rescind(master, { frameworkId: id })
  const framework: Framework = {
    tasks: new Map(),
    unreachable: new Map(),
    completed: [],
    unregisteredTime: 0,
    ...before,
    info: { ...info, id },
    connected: true,
    recovered: false,
    registeredTime: before && !before.recovered ? before.registeredTime : time,
    ...(info.id === undefined ? {} : { reregisteredTime: time }),
    wantsOffers: false,
  }
  cluster.frameworks.set(id, framework)
  master.schedulers.set(id, from.peer)
  from.frameworkId = id
  master.glog.info('master.cpp:2731', `Subscribed framework ${id} (${info.name})`)
  const [type, member] = before
    ? ['FRAMEWORK_UPDATED', 'framework_updated']
    : ['FRAMEWORK_ADDED', 'framework_added']
  master.events.publish({ type, [member]: { framework: v1Framework(framework) } })
  from.peer.send({ type: 'subscribed', frameworkId: id })
}

export function onSchedulerGone(master: Master, from: SchedulerConnection): void {
  const framework =
    from.frameworkId === undefined ? undefined : master.cluster.frameworks.get(from.frameworkId)
  if (!framework || master.schedulers.get(framework.info.id) !== from.peer) return
  const { id, name } = framework.info
  master.schedulers.delete(id)
  framework.connected = false
  framework.wantsOffers = false
  rescind(master, { frameworkId: id })
  master.glog.info('master.cpp:1337', `Framework ${id} (${name}) disconnected`)
  expire(master, framework)
}

const longestTimerMs = 2 ** 31 - 1

/** Ends a framework whose scheduler stays away for its failover timeout. */
export function expire(master: Master, framework: Framework): void {
  const { id, failoverTimeout } = framework.info
  master.clock.after(Math.min(failoverTimeout * 1000, longestTimerMs), () => {
    if (master.cluster.frameworks.get(id) === framework && !framework.connected)
      removeFramework(master, framework)
  })
}

function accept(master: Master, framework: Framework, offerIds: string[], tasks: TaskInfo[]): void {
  const offers = offerIds.flatMap((id) => {
    const found = master.cluster.offers.get(id)
    return found?.frameworkId === framework.info.id ? [found] : []
  })
  for (const { id } of offers) master.cluster.offers.delete(id)
  for (const info of tasks) {
    const from = offers.find(
      ({ agentId, resources }) => agentId === info.agentId && fits(resources, info.resources),
    )
    const agent = master.agents.get(info.agentId)
    const task: Task = { ...info, frameworkId: framework.info.id, state: 'TASK_STAGING', statuses: [] }
    framework.tasks.set(task.id, task)
    publishTask(master, task)
    count(master, 'messages_launch_tasks')
    if (from && agent) agent.send({ type: 'launch', framework: framework.info, task: info })
    else {
      const why = from ? 'Agent disconnected' : 'Task launched with invalid offers'
      const reason = from ? 'REASON_AGENT_DISCONNECTED' : 'REASON_INVALID_OFFERS'
      update(master, framework, masterStatus(task, 'TASK_LOST', reason, why, now(master)))
    }
  }
  if (tasks.length > 0) offer(master) // a declined offer comes again when something has changed
}

function kill(master: Master, framework: Framework, taskId: string, graceMs: number | undefined): void {
  const task = framework.tasks.get(taskId)
  count(master, 'messages_kill_task')
  if (!task) {
    const status = masterStatus(
      { id: taskId, agentId: '' },
      'TASK_LOST',
      'REASON_RECONCILIATION',
      'Attempted to kill an unknown task',
      now(master),
    )
    master.schedulers.get(framework.info.id)?.send({ type: 'update', status })
    return
  }
  const kill = { type: 'kill' as const, frameworkId: framework.info.id, taskId }
  master.agents.get(task.agentId)?.send(graceMs === undefined ? kill : { ...kill, graceMs })
}

/** Latest states of the asked tasks; of all when none is named. Tasks of agents that may still come get no answer yet. */
function reconcile(master: Master, framework: Framework, asked: { id: string; agentId: string }[]): void {
  const { cluster } = master
  const answer = (status: TaskStatus) =>
    master.schedulers.get(framework.info.id)?.send({
      type: 'update',
      status: { ...status, source: 'SOURCE_MASTER', reason: 'REASON_RECONCILIATION' },
    })
  const known = (id: string): Task | undefined =>
    framework.tasks.get(id) ??
    framework.unreachable.get(id) ??
    framework.completed.find((task) => task.id === id)
  const all = asked.length > 0 ? asked : [...framework.tasks.values()]
  for (const { id, agentId } of all) {
    const task = known(id)
    if (task) {
      answer(
        task.statuses.at(-1) ??
          masterStatus(
            task,
            task.state,
            'REASON_RECONCILIATION',
            'Reconciliation: Latest task state',
            now(master),
          ),
      )
    } else if (!cluster.recovered.has(agentId)) {
      answer(
        masterStatus(
          { id, agentId },
          'TASK_LOST',
          'REASON_RECONCILIATION',
          'Reconciliation: Task is unknown',
          now(master),
        ),
      )
    }
  }
}

/** Torn down, or given up after its failover timeout: its tasks are killed. */
export function removeFramework(master: Master, framework: Framework): void {
  const { cluster } = master
  const { id } = framework.info
  for (const agentId of cluster.agents.keys()) {
    for (const { framework: owner, task } of tasksOn(cluster, agentId)) {
      if (owner !== framework) continue
      master.agents.get(agentId)?.send({ type: 'kill', frameworkId: id, taskId: task.id })
      const status = masterStatus(
        task,
        'TASK_KILLED',
        'REASON_FRAMEWORK_REMOVED',
        `Framework ${id} removed`,
        now(master),
      )
      update(master, framework, status)
    }
  }
  rescind(master, { frameworkId: id })
  framework.connected = false
  framework.unregisteredTime = now(master)
  cluster.frameworks.delete(id)
  cluster.completedFrameworks.push(framework)
  master.schedulers.get(id)?.close()
  master.schedulers.delete(id)
  master.events.publish({
    type: 'FRAMEWORK_REMOVED',
    framework_removed: { framework_info: v1FrameworkInfo(framework) },
  })
}
