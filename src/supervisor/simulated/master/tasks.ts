import { type FrameworkInfo, isTerminal, type Task, type TaskStatus } from '../wire/model.ts'
import type { Cluster, Framework } from './cluster.ts'

const mostCompleted = 1000

/** Finds the framework, or takes it up as one whose scheduler has not come to this leader yet. */
export function recoverFramework(
  cluster: Cluster,
  info: FrameworkInfo & { id: string },
): Framework | undefined {
  if (cluster.frameworks.has(info.id)) return undefined
  const framework: Framework = {
    info,
    connected: false,
    recovered: true,
    registeredTime: 0,
    unregisteredTime: 0,
    tasks: new Map(),
    unreachable: new Map(),
    completed: [],
    wantsOffers: false,
  }
  cluster.frameworks.set(info.id, framework)
  return framework
}

/**
 * Takes a status into the books. The last one of each state is kept, as Mesos does; a terminal one moves the task to
 * the completed ones. False: the task is unknown, or over already.
 */
export function applyStatus(framework: Framework, status: TaskStatus): boolean {
  const id = status.task_id.value
  const task = framework.tasks.get(id)
  if (!task || isTerminal(task.state)) return false
  task.state = status.state
  task.statuses = [...task.statuses.filter((each) => each.state !== status.state), status]
  if (isTerminal(status.state)) complete(framework, task)
  return true
}

function complete(framework: Framework, task: Task): void {
  framework.tasks.delete(task.id)
  framework.completed.push(task)
  if (framework.completed.length > mostCompleted) framework.completed.shift()
}

/** A status that the master itself gives a task. */
export function masterStatus(
  task: { id: string; agentId: string },
  state: TaskStatus['state'],
  reason: string,
  message: string,
  timestamp: number,
): TaskStatus {
  return {
    task_id: { value: task.id },
    state,
    message,
    source: 'SOURCE_MASTER',
    reason,
    agent_id: { value: task.agentId },
    timestamp,
  }
}

/** The tasks of an agent that does not answer any more: lost, but not forgotten. */
export function moveToUnreachable(framework: Framework, task: Task, status: TaskStatus): void {
  framework.tasks.delete(task.id)
  framework.unreachable.set(task.id, { ...task, state: status.state, statuses: [...task.statuses, status] })
}
