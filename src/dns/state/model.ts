/** What the master's state says, reduced to what names are made of. */
export type MasterState = {
  /** `HOST:PORT` of the leader; empty when the state names none. */
  leader: string
  agents: AgentEntry[]
  frameworks: FrameworkEntry[]
  /** A master of this kind also offers the operator event stream and names its registry's size. */
  modern: boolean
  /** Entries that could not be read, each costing itself alone. */
  skipped: Skip[]
}

export type Skip = { what: string; why: string }

export type AgentEntry = { id: string; host?: string; port?: number }

export type FrameworkEntry = {
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
  statuses: StatusEntry[]
  /** As written: `[31000-31002, 31010-31010]`. */
  ports: string
  discovery?: { name: string; ports: DiscoveryPort[] }
}

export type StatusEntry = {
  state: string
  timestamp: number
  labels: { key: string; value: string }[]
  /** One list for each network. */
  networks: string[][]
}

export type DiscoveryPort = { number: number; name: string; protocol: string }
