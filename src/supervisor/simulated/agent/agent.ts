import type { Clock } from '../../../clock.ts'
import type { Address } from '../address.ts'
import type { Gate } from '../authentication.ts'
import type { Flags } from '../flags/mesos.ts'
import type { Glog } from '../glog.ts'
import type { AgentInfo } from '../wire/model.ts'
import type { AgentStore } from './store.ts'
import type { Tasks } from './tasks.ts'

/** A running agent: what its messages and requests work on. */
export type Agent = {
  /** Empty until a master has given one. */
  id: string
  info: AgentInfo
  pid: string
  address: Address
  flags: Flags
  gate: Gate
  store: AgentStore
  tasks: Tasks
  /** Unix seconds. */
  startTime: number
  recoverySecs: number | undefined
  masterHostname: string
  glog: Glog
  clock: Clock
}
