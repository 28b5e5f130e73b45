import { existsSync, type FSWatcher, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../clock.ts'
import { isProcess, signalGroup } from '../process.ts'
import { type RunDirs, readOr } from './store.ts'

/**
 * Stands between agent and task: a session of its own that outlives the agent. It starts the task in a further session
 * and leaves pids and the exit status in files, each written whole. Signals do not end it, they are for the task.
 * $1 is the folder of these files, $2 the command.
 */
const script = `
trap : TERM INT HUP QUIT
leave() { echo "$2" >"$1.tmp" && mv "$1.tmp" "$1"; }
leave "$1/executor" $$
if command -v setsid >/dev/null; then setsid /bin/sh -c "$2" </dev/null >>stdout 2>>stderr &
else /bin/sh -c "$2" </dev/null >>stdout 2>>stderr &
fi
task=$!
leave "$1/pid" $task
while wait $task; status=$?; kill -0 $task 2>/dev/null; do :; done
leave "$1/exit" $status
`

type Seen = {
  /** The task's process runs. */
  onRunning(): void
  /** `status` as a shell shows it; undefined when the executor died without a word. */
  onExit(status: number | undefined): void
}

/** The executor of one task, started by this agent or by an earlier one. */
export type Executor = {
  /** Pid of the executor, or 0 while it is not known. */
  pid(): number
  taskPid(): number | undefined
  /** SIGTERM to the task's process group, SIGKILL after the grace. */
  kill(graceMs: number): void
  /** For an executor that is no child: looks whether it is still there. */
  check(): void
}

/** Starts the task. */
export function startExecutor(
  dirs: RunDirs,
  command: string,
  environment: Record<string, string>,
  seen: Seen,
  clock: Clock,
): Executor {
  // From a file, so that a list of processes shows what it is and not the whole script.
  const file = join(dirs.meta, 'mesos-executor')
  writeFileSync(file, script)
  const child = Bun.spawn(['/bin/sh', file, dirs.meta, command], {
    cwd: dirs.sandbox,
    env: environment,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    detached: true,
  })
  child.unref()
  const executor = follow(dirs, seen, clock, () => child.pid)
  void child.exited.then(() => executor.check())
  return executor
}

/** Takes over the executor of an earlier agent, which may have ended meanwhile. */
export const adoptExecutor = (dirs: RunDirs, seen: Seen, clock: Clock): Executor =>
  follow(dirs, seen, clock, () => Number(readOr(join(dirs.meta, 'executor'), '0')))

const killPollMs = 20
/** No executor takes longer to say its pid. */
const birthMs = 2000

function follow(dirs: RunDirs, seen: Seen, clock: Clock, pid: () => number): Executor {
  let running = false
  let over = false
  let killed = false
  const followedAt = clock.monotonic()
  let watcher: FSWatcher | undefined

  const taskPid = () => {
    const text = readOr(join(dirs.meta, 'pid'), undefined)
    return text === undefined ? undefined : Number(text)
  }

  /** The leader of the group is gone or is the task itself. */
  const isOurs = (group: number) => isProcess(group, dirs.sandbox, 'environ') || !existsSync(`/proc/${group}`)

  function look(): void {
    if (over) return
    const group = taskPid()
    if (!running && group !== undefined) {
      running = true
      seen.onRunning()
    }
    const status = readOr(join(dirs.meta, 'exit'), undefined)
    if (status !== undefined) finish(Number(status))
  }

  function finish(status: number | undefined): void {
    if (over) return
    over = true
    watcher?.close()
    const group = taskPid()
    // What the command left behind in its group goes with it, as with a container; a stranger of the same number not.
    if (group !== undefined && isOurs(group)) signalGroup(group, 'SIGKILL')
    seen.onExit(status)
  }

  function terminate(graceMs: number): void {
    if (over) return
    const group = taskPid()
    if (group === undefined) {
      clock.after(killPollMs, () => terminate(graceMs)) // it is being started right now
      return
    }
    signalGroup(group, 'SIGTERM')
    clock.after(graceMs, () => {
      if (!over) signalGroup(group, 'SIGKILL')
    })
  }

  watcher = watch(dirs.meta, look)
  watcher.on('error', () => {})
  queueMicrotask(look)
  return {
    pid,
    taskPid,
    kill(graceMs) {
      if (killed) return
      killed = true
      terminate(graceMs)
    },
    check() {
      look()
      if (over || isProcess(pid(), dirs.meta, 'cmdline')) return
      // The agent before may have died a moment after the spawn.
      if (pid() === 0 && clock.monotonic() - followedAt < birthMs) return
      look() // it may have written its last word in between
      finish(undefined)
    },
  }
}
