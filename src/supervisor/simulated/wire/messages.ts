import type { AgentInfo, DrainConfig, FrameworkInfo, Offer, Task, TaskInfo, TaskStatus } from './model.ts'

/** What the stand-ins say to each other, as JSON over one web socket per agent and per scheduler. */
export type FromAgent =
  | { type: 'register'; info: AgentInfo; pid: string; version: string }
  | {
      type: 'reregister'
      id: string
      info: AgentInfo
      pid: string
      version: string
      /** All that run, and those whose end no master has confirmed yet. */
      tasks: Task[]
      frameworks: FrameworkInfo[]
    }
  | { type: 'update'; frameworkId: string; status: TaskStatus }
  | { type: 'unregister' }
  | { type: 'pong' }

export type ToAgent =
  | { type: 'registered'; id: string }
  | { type: 'reregistered'; id: string }
  | { type: 'acknowledge'; uuid: string }
  | { type: 'launch'; framework: FrameworkInfo; task: TaskInfo }
  | { type: 'kill'; frameworkId: string; taskId: string; reason?: string; graceMs?: number }
  | { type: 'drain'; config: DrainConfig }
  /** The agent must end its tasks and itself. */
  | { type: 'shutdown'; message: string }
  | { type: 'ping'; withinMs: number }

export type FromScheduler =
  | { type: 'subscribe'; info: FrameworkInfo }
  | { type: 'revive' }
  | { type: 'suppress' }
  | { type: 'accept'; offerIds: string[]; tasks: TaskInfo[] }
  | { type: 'kill'; taskId: string; graceMs?: number }
  | { type: 'reconcile'; tasks: { id: string; agentId: string }[] }
  | { type: 'teardown' }

export type ToScheduler =
  | { type: 'subscribed'; frameworkId: string }
  | { type: 'offers'; offers: Offer[] }
  | { type: 'rescind'; offerId: string }
  | { type: 'update'; status: TaskStatus }
  | { type: 'failure'; agentId: string }
  | { type: 'error'; message: string }

export const paths = {
  agent: '/simulated/v1/agent',
  scheduler: '/simulated/v1/scheduler',
  replica: '/simulated/v1/replica',
}

/** A message of another stand-in; undefined when it is none. */
export function decode<T extends { type: string }>(data: string | Buffer): T | undefined {
  try {
    const value: unknown = JSON.parse(String(data))
    return typeof value === 'object' && value !== null && 'type' in value ? (value as T) : undefined
  } catch {
    return undefined
  }
}
