/** What the master's state says, reduced to what names are made of. */
export type MasterState = {
  /** `HOST:PORT` of the leader; empty when the state names none. */
  leader: string
  agents: AgentEntry[]
  frameworks: FrameworkEntry[]
  /** A master of this kind also offers the operator event stream and names its registry's size. */
  modern: boolean
  /** Agents of the registry that have not come back to this leader yet, whose tasks it does not know either. */
  returning: number
  /** When it was elected, Unix ms by its own clock; undefined when it does not say. */
  electedAt: number | undefined
  /** Entries that could not be read, each costing itself alone. */
  skipped: Skip[]
}

export type Skip = { what: string; why: string }

export type AgentEntry = { id: string; host?: string; port?: number }

export type FrameworkEntry = {
  /** Empty when the state does not say. */
  id: string
  name: string
  /** Of the scheduler: from its pid, else its host name without a port. */
  host?: string
  port?: number
  tasks: TaskEntry[]
}

export type TaskEntry = {
  id: string
  name: string
  agentId: string
  state: string
  /** The newest of its statuses that says TASK_RUNNING: it alone tells of addresses. */
  status?: StatusEntry
  /** As written: `[31000-31002, 31010-31010]`. */
  ports: string
  discovery?: { name: string; visibility: string; ports: DiscoveryPort[] }
  /** Read only where they are asked for. */
  labels?: Label[]
}

export type StatusEntry = {
  /** What its health check said; absent without one. */
  healthy?: boolean
  labels: Label[]
  networks: NetworkEntry[]
}

export type Label = { key: string; value: string }

/** Name and labels are read only where they are asked for. */
export type NetworkEntry = { addresses: string[]; name?: string; labels?: Label[] }

export type DiscoveryPort = { number: number; name: string; protocol: string }
