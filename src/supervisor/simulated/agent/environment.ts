import { joinHostPort } from '../../../config/address.ts'
import type { Address } from '../address.ts'
import type { TaskInfo } from '../wire/model.ts'
import type { RunDirs } from './store.ts'

/** Names that are the agent's own business; meshbox's may hold secrets. */
const kept = (name: string) => !/^(MESOS_|MARATHON_|MESHBOX_|LIBPROCESS_)/.test(name)

/** What a task's command finds in its environment, before its own variables. */
export function environmentOf(
  own: Record<string, string | undefined>,
  agent: { id: string; address: Address },
  task: TaskInfo,
  frameworkId: string,
  containerId: string,
  dirs: RunDirs,
): Record<string, string> {
  const inherited = Object.entries(own).flatMap(([name, value]) =>
    value !== undefined && kept(name) ? [[name, value]] : [],
  )
  return {
    ...Object.fromEntries(inherited),
    MESOS_SANDBOX: dirs.sandbox,
    MESOS_DIRECTORY: dirs.sandbox,
    MESOS_SLAVE_ID: agent.id,
    MESOS_SLAVE_PID: `slave(1)@${joinHostPort(agent.address.ip, agent.address.port)}`,
    MESOS_AGENT_ENDPOINT: joinHostPort(agent.address.ip, agent.address.port),
    MESOS_FRAMEWORK_ID: frameworkId,
    MESOS_EXECUTOR_ID: task.id,
    MESOS_CONTAINER_ID: containerId,
    MESOS_TASK_ID: task.id,
    TASK_ID: task.id,
    HOST: agent.address.hostname,
    ...task.environment,
  }
}
