import type { Backoff } from '../../clock.ts'
import type { Server } from '../../config/zookeeper/url.ts'
import type { Ensemble } from '../ensemble/isolation.ts'
import type { Limits } from '../process/limits.ts'

export type ServiceName = 'zookeeper' | 'mesos-master' | 'docker' | 'mesos-agent' | 'marathon'

/** What must be there before a program is started: a service of this machine, or something beyond it. */
export type Need = ServiceName | Condition

/** Seen from this machine, whichever machines provide it. */
export type Condition = 'zookeeper-quorum'

/** A file that a program needs. */
export type ServiceFile = {
  path: string
  content: string
  mode: number
  /**
   * `replace`: ours alone. `once`: only if it is not there. `zoo.cfg`: ZooKeeper rewrites it and owns the line
   * `dynamicConfigFile`. `birth`: once in the life of this machine's data, and never when there is data already.
   * `server-list`: ZooKeeper's own from its first start on.
   */
  write: 'replace' | 'once' | 'zoo.cfg' | 'birth' | 'server-list'
}

/** By which of the program's own words it is known to be ready. */
export type ProbeSpec =
  | {
      kind: 'zookeeper'
      server: Server
      dataDir: string
      /** It may say where its log of transactions is. */
      zooCfg: string
      /** So long nothing may get done by it before it is started anew. */
      patienceMs: number
      /** Whose room on the disk is its own. */
      user?: string
      auth?: { user: string; password: string }
    }
  | { kind: 'docker'; socket: string }
  | {
      kind: 'mesos-master'
      url: string
      /** host:port by which it tells the others of itself. */
      shown: string
      ensemble: Ensemble
    }
  | {
      kind: 'mesos-agent'
      url: string
      /** The file of those that it lets in. */
      credentials?: string
    }
  | {
      kind: 'marathon'
      url: string
      /** user:password that it asks for. */
      login?: string
    }

export type StopStep = { signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR1'; graceMs: number }

/** One program as it should run here: plain data, made by the planner. */
export type ServiceSpec = {
  name: ServiceName
  argv: string[]
  env: Record<string, string>
  cwd: string
  files: ServiceFile[]
  /** stdout and stderr, appended. */
  logFile: string
  /** Must be ready before this one is started; later it goes on without them. */
  needs: Need[]
  /** host:port shown to people. */
  address: string
  provider: string
  simulated: boolean
  probe: ProbeSpec
  limits: Limits
  stop: StopStep[]
  /** Instead of `stop` when the machine leaves for good: then its tasks end too. */
  leave?: StopStep[]
  restart: Backoff & { healthyMs: number }
  /** So long it may take to be ready; as long as it takes without one. */
  startMs?: number
}

export const serviceStates = [
  'waiting',
  'starting',
  'ready',
  'degraded',
  'stopping',
  'stopped',
  'backing-off',
  'failed',
] as const
export type ServiceState = (typeof serviceStates)[number]

export type ServiceStatus = {
  name: ServiceName
  state: ServiceState
  reason?: string
  hint?: string
  /** What to type about the reason, where its last words tell. */
  command?: string
  /** Of a failed one: the last lines that it wrote. */
  output?: string[]
  /** Somebody stopped it; it stays so until somebody starts it. */
  byHand: boolean
  pid?: number
  /** Unix milliseconds of the last change of state. */
  since: number
  /** How often it was started again after it had ended by itself. */
  restarts: number
  address: string
  provider: string
  simulated: boolean
  /** Taken over from an agent before this one. */
  adopted: boolean
}
