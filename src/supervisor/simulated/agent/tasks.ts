import type { Clock } from '../../../clock.ts'
import { messageOf } from '../../../error.ts'
import type { Glog } from '../glog.ts'
import { watchHealth } from '../health.ts'
import {
  type FrameworkInfo,
  isTerminal,
  type Task,
  type TaskInfo,
  type TaskState,
  type TaskStatus,
} from '../wire/model.ts'
import { adoptExecutor, type Executor, startExecutor } from './executor.ts'
import type { AgentStore, RunDirs, RunRecord } from './store.ts'

export type Run = {
  record: RunRecord
  dirs: RunDirs
  executor: Executor | undefined
  stopHealth?: () => void
}

type Options = {
  store: AgentStore
  agentId: () => string
  /** The agent's address: what its tasks have, too. */
  ip: string
  /** What every task gets, before its own. */
  environment: (
    task: TaskInfo,
    frameworkId: string,
    containerId: string,
    dirs: RunDirs,
  ) => Record<string, string>
  onStatus: (frameworkId: string, status: TaskStatus) => void
  glog: Glog
  clock: Clock
}

/** The tasks of one agent, running and over. */
export type Tasks = {
  runs(): Run[]
  live(): Run[]
  launch(framework: FrameworkInfo & { id: string }, task: TaskInfo): void
  kill(frameworkId: string, taskId: string, by: { reason?: string; graceMs: number }): void
  killAll(by: { reason?: string; graceMs: number }): void
  acknowledge(uuid: string): void
  /** Those that the master has to hear of: running, or over and not confirmed. */
  report(): { tasks: Task[]; frameworks: FrameworkInfo[] }
  /** Takes over what an earlier run of this agent left, dead or alive. */
  recover(): void
}

/** Tasks that are over are kept for a look at their output, the oldest go first. */
const mostKept = 50
const checkMs = 1000

export function openTasks({ store, agentId, ip, environment, onStatus, glog, clock }: Options): Tasks {
  const runs: Run[] = []
  const live = () => runs.filter(({ record }) => !isTerminal(record.task.state))

  function say(
    run: Run,
    state: TaskState,
    about: { message?: string; reason?: string; healthy?: boolean } = {},
  ): void {
    const { record } = run
    const status: TaskStatus = {
      task_id: { value: record.task.id },
      state,
      ...about,
      source: 'SOURCE_EXECUTOR',
      agent_id: { value: agentId() },
      executor_id: { value: record.task.id },
      timestamp: clock.now() / 1000,
      uuid: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64'),
      container_status: {
        container_id: { value: record.containerId },
        network_infos: [{ ip_addresses: [{ protocol: ip.includes(':') ? 'IPv6' : 'IPv4', ip_address: ip }] }],
        executor_pid: run.executor?.pid() ?? 0,
      },
    }
    const { statuses } = record.task
    record.task.statuses = [...statuses.filter((each) => each.state !== state), status]
    record.task.state = state
    save(run)
    onStatus(record.framework.id, status)
  }

  function save(run: Run): void {
    try {
      store.saveRun(run.dirs, run.record)
    } catch (error) {
      glog.error('slave.cpp:6120', `Failed to checkpoint task '${run.record.task.id}': ${messageOf(error)}`)
    }
  }

  function seenOf(run: Run) {
    return {
      onRunning: () => {
        if (run.record.task.state === 'TASK_STARTING' || run.record.task.state === 'TASK_STAGING')
          say(run, 'TASK_RUNNING')
        watch(run)
      },
      onExit: (status: number | undefined) => {
        run.stopHealth?.()
        const { state, ...about } = verdict(status, run.record.killing)
        glog.info(
          'slave.cpp:7032',
          `Executor '${run.record.task.id}' of framework ${run.record.framework.id} exited`,
        )
        say(run, state, about)
        prune()
      },
    }
  }

  function watch(run: Run): void {
    const { task, framework, containerId } = run.record
    if (!task.healthCheck || run.stopHealth) return
    const env = environment(task, framework.id, containerId, run.dirs)
    run.stopHealth = watchHealth(
      task.healthCheck,
      { host: ip, cwd: run.dirs.sandbox, env },
      {
        onChange: (healthy) =>
          say(run, 'TASK_RUNNING', { reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED', healthy }),
        onGivenUp: () => end(run, { graceMs: defaultGraceMs }),
      },
      clock,
    )
  }

  function prune(): void {
    const over = runs.filter(({ record }) => isTerminal(record.task.state) && record.acknowledged)
    for (const old of over.slice(0, Math.max(0, over.length - mostKept))) {
      runs.splice(runs.indexOf(old), 1)
      store.removeRun(old.dirs)
    }
  }

  /** Children tell when they end; what was adopted does not. */
  function watchAdopted(): void {
    const adopted = live()
    if (adopted.length === 0) return
    for (const run of adopted) run.executor?.check()
    clock.after(checkMs, watchAdopted)
  }

  function end(run: Run, { reason, graceMs }: { reason?: string; graceMs: number }): void {
    if (!run.record.killing) {
      run.record.killing = reason === undefined ? {} : { reason }
      save(run)
    }
    glog.info(
      'slave.cpp:4100',
      `Asked to kill task ${run.record.task.id} of framework ${run.record.framework.id}`,
    )
    run.executor?.kill(run.record.task.killGraceMs ?? graceMs)
  }

  return {
    runs: () => runs,
    live,
    launch(framework, task) {
      const containerId = crypto.randomUUID()
      const record: RunRecord = {
        containerId,
        framework,
        task: { ...task, frameworkId: framework.id, state: 'TASK_STAGING', statuses: [] },
        acknowledged: false,
      }
      glog.info('slave.cpp:2280', `Launching task '${task.id}' for framework ${framework.id}`)
      const run: Run = { record, dirs: { meta: '', sandbox: '' }, executor: undefined }
      try {
        run.dirs = store.makeRun(agentId(), record)
        runs.push(run)
        const env = environment(task, framework.id, containerId, run.dirs)
        run.executor = startExecutor(run.dirs, task.command, env, seenOf(run), clock)
        say(run, 'TASK_STARTING')
      } catch (error) {
        const message = `Failed to launch container: ${messageOf(error)}`
        say(run, 'TASK_FAILED', { reason: 'REASON_CONTAINER_LAUNCH_FAILED', message })
      }
    },
    kill(frameworkId, taskId, by) {
      const run = live().find(
        ({ record }) => record.framework.id === frameworkId && record.task.id === taskId,
      )
      if (run) end(run, by)
    },
    killAll(by) {
      for (const run of live()) end(run, by)
    },
    acknowledge(uuid) {
      const run = runs.find(({ record }) => record.task.statuses.at(-1)?.uuid === uuid)
      if (!run || !isTerminal(run.record.task.state) || run.record.acknowledged) return
      run.record.acknowledged = true
      save(run)
    },
    report() {
      const told = runs.filter(({ record }) => !isTerminal(record.task.state) || !record.acknowledged)
      const frameworks = new Map(told.map(({ record }) => [record.framework.id, record.framework]))
      return { tasks: told.map(({ record }) => record.task), frameworks: [...frameworks.values()] }
    },
    recover() {
      for (const { record, dirs } of store.runs(agentId())) {
        const run: Run = { record, dirs, executor: undefined }
        runs.push(run)
        if (isTerminal(record.task.state)) continue
        glog.info(
          'slave.cpp:10509',
          `Recovering executor '${record.task.id}' of framework ${record.framework.id}`,
        )
        run.executor = adoptExecutor(dirs, seenOf(run), clock)
        run.executor.check()
        if (record.killing) run.executor.kill(record.task.killGraceMs ?? defaultGraceMs)
      }
      runs.sort(
        (a, b) => (a.record.task.statuses[0]?.timestamp ?? 0) - (b.record.task.statuses[0]?.timestamp ?? 0),
      )
      watchAdopted()
    },
  }
}

/** Between SIGTERM and SIGKILL when nobody says otherwise. */
export const defaultGraceMs = 3000

/** What an end means, in the words of the command executor. */
export function verdict(
  status: number | undefined,
  killing: { reason?: string } | undefined,
): { state: TaskState; message: string; reason?: string } {
  if (killing) {
    const signal = status === 128 + 9 ? 'Killed' : 'Terminated'
    return { state: 'TASK_KILLED', message: `Command terminated with signal ${signal}`, ...killing }
  }
  if (status === undefined)
    return {
      state: 'TASK_FAILED',
      message: 'Abnormal executor termination',
      reason: 'REASON_EXECUTOR_TERMINATED',
    }
  const message = `Command exited with status ${status}`
  return { state: status === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message }
}
