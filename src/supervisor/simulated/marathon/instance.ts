import type { TaskState } from '../wire/model.ts'

/** One task of an app, from before its launch to its end. Times are ISO. */
export type Instance = {
  id: string
  appId: string
  /** The app's configVersion that it was made from. */
  version: string
  agentId: string
  host: string
  ip: string
  ports: number[]
  state: TaskState
  stagedAt: string
  startedAt?: string
  /** Asked to end. */
  killing?: boolean
  healthy?: boolean
}
