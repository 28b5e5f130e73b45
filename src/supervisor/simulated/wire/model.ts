import type { Attribute } from '../attributes.ts'
import type { HealthCheck } from '../health.ts'
import type { Resource } from '../resources.ts'

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_FINISHED'
  | 'TASK_FAILED'
  | 'TASK_KILLED'
  | 'TASK_ERROR'
  | 'TASK_LOST'

const terminal: ReadonlySet<TaskState> = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
])
export const isTerminal = (state: TaskState): boolean => terminal.has(state)

type Id = { value: string }
export type Label = { key: string; value?: string | undefined }

/** As in Mesos's v1 API; `timestamp` in seconds, `uuid` in base64. */
export type TaskStatus = {
  task_id: Id
  state: TaskState
  message?: string
  source: 'SOURCE_EXECUTOR' | 'SOURCE_AGENT' | 'SOURCE_MASTER'
  reason?: string
  agent_id?: Id
  executor_id?: Id
  timestamp: number
  uuid?: string
  healthy?: boolean
  container_status?: {
    container_id: Id
    network_infos: { ip_addresses: { protocol: 'IPv4' | 'IPv6'; ip_address: string }[] }[]
    executor_pid?: number
  }
}

export type DiscoveryPort = {
  number: number
  name?: string
  protocol?: string
  visibility?: string
  labels?: { labels: Label[] }
}

/** As in Mesos's v1 API. */
export type Discovery = {
  visibility: 'FRAMEWORK' | 'CLUSTER' | 'EXTERNAL'
  name?: string
  environment?: string
  location?: string
  version?: string
  ports?: { ports: DiscoveryPort[] }
  labels?: { labels: Label[] }
}

/** What a scheduler wants to have run. */
export type TaskInfo = {
  id: string
  name: string
  agentId: string
  role: string
  resources: Resource[]
  /** For `/bin/sh -c`. */
  command: string
  environment: Record<string, string>
  user?: string
  labels?: Label[]
  discovery?: Discovery
  healthCheck?: HealthCheck
  /** Between SIGTERM and SIGKILL, in milliseconds. */
  killGraceMs?: number
}

/** What became of it. */
export type Task = TaskInfo & { frameworkId: string; state: TaskState; statuses: TaskStatus[] }

export type AgentInfo = {
  hostname: string
  ip: string
  port: number
  resources: Resource[]
  attributes: Attribute[]
}

export type FrameworkInfo = {
  /** Given by the master at the first subscription. */
  id?: string
  name: string
  user: string
  roles: string[]
  hostname: string
  webuiUrl?: string
  principal?: string
  /** Seconds that the tasks outlive their scheduler. */
  failoverTimeout: number
  checkpoint: boolean
  capabilities: string[]
  labels?: Label[]
}

export type Offer = {
  id: string
  agentId: string
  hostname: string
  ip: string
  resources: Resource[]
  attributes: Attribute[]
}

export type DrainConfig = { maxGraceMs?: number | undefined; markGone: boolean }
