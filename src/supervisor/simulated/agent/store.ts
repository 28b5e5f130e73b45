import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { writeFileAtomic } from '../../../store.ts'
import type { AgentInfo, FrameworkInfo, Task } from '../wire/model.ts'

/** What an agent keeps about one task: in `meta`, beside the files of its executor. */
export type RunRecord = {
  containerId: string
  framework: FrameworkInfo & { id: string }
  task: Task
  /** Someone asked for its end: when it comes it counts as killed. */
  killing?: { reason?: string } | undefined
  /** A master has confirmed the end. */
  acknowledged: boolean
}

/** Of one task: where its executor keeps its files, and where the task writes. */
export type RunDirs = { meta: string; sandbox: string }

/** The agent's disk: `work_dir/meta` and the sandboxes, laid out as by the original. */
export type AgentStore = {
  /** The agent of `slaves/latest`, if there is one. */
  latest(): { id: string; info: AgentInfo } | undefined
  bootId(): string
  saveAgent(id: string, info: AgentInfo, bootId: string): void
  runs(agentId: string): { record: RunRecord; dirs: RunDirs }[]
  /** Makes the folders of a new task. */
  makeRun(agentId: string, record: RunRecord): RunDirs
  saveRun(dirs: RunDirs, record: RunRecord): void
  removeRun(dirs: RunDirs): void
}

export function openAgentStore(named: string): AgentStore {
  // Executors know their folders by their paths; the next agent may be told another name of the same folder.
  const workDir = existsSync(named) ? realpathSync(named) : named
  const meta = join(workDir, 'meta')
  const slaves = join(meta, 'slaves')
  const tail = (agentId: string, { framework, task, containerId }: RunRecord) =>
    join(agentId, 'frameworks', framework.id, 'executors', task.id, 'runs', containerId)
  return {
    latest() {
      try {
        const id = basename(readlinkSync(join(slaves, 'latest')))
        return { id, info: JSON.parse(readFileSync(join(slaves, id, 'slave.info'), 'utf8')) }
      } catch {
        return undefined
      }
    },
    bootId: () => readOr(join(meta, 'boot_id'), ''),
    saveAgent(id, info, bootId) {
      writeFileAtomic(join(slaves, id, 'slave.info'), JSON.stringify(info))
      writeFileAtomic(join(meta, 'boot_id'), bootId)
      const link = join(slaves, 'latest')
      rmSync(`${link}.tmp`, { force: true })
      symlinkSync(join(slaves, id), `${link}.tmp`)
      renameSync(`${link}.tmp`, link)
    },
    runs(agentId) {
      const frameworks = join(slaves, agentId, 'frameworks')
      return list(frameworks).flatMap((framework) =>
        list(join(frameworks, framework, 'executors')).flatMap((executor) =>
          list(join(frameworks, framework, 'executors', executor, 'runs')).flatMap((containerId) => {
            const parts = ['frameworks', framework, 'executors', executor, 'runs', containerId]
            const dirs = {
              meta: join(slaves, agentId, ...parts),
              sandbox: join(workDir, 'slaves', agentId, ...parts),
            }
            const record = readRun(dirs)
            return record ? [{ record, dirs }] : []
          }),
        ),
      )
    },
    makeRun(agentId, record) {
      const dirs = {
        meta: join(slaves, tail(agentId, record)),
        sandbox: join(workDir, 'slaves', tail(agentId, record)),
      }
      mkdirSync(dirs.sandbox, { recursive: true })
      writeFileAtomic(join(dirs.meta, 'run.json'), JSON.stringify(record))
      return dirs
    },
    saveRun: (dirs, record) => writeFileAtomic(join(dirs.meta, 'run.json'), JSON.stringify(record)),
    removeRun(dirs) {
      for (const dir of [dirs.sandbox, dirs.meta])
        rmSync(join(dir, '..', '..'), { recursive: true, force: true })
    },
  }
}

function readRun(dirs: RunDirs): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dirs.meta, 'run.json'), 'utf8'))
  } catch {
    return undefined
  }
}

export function readOr<T>(path: string, otherwise: T): string | T {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return otherwise
  }
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}
