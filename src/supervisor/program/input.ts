import type { Config } from '../../config/schema.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { Programs } from '../provider/choose.ts'

/** One server of the ensemble as the birth record has it. */
export type EnsembleServer = { id: number; host: string; quorumPort: number; electionPort: number }

/** Who this machine's ZooKeeper is. The ids never change; ZooKeeper itself owns the list once it runs. */
export type Birth = { serverId: number; clientPort: number; servers: EnsembleServer[] }

export type Machine = {
  name: string
  hostname: string
  /** Where the others reach this machine, and what programs bind to. */
  ip: string
  dataDir: string
  logDir: string
  root: boolean
  systemd: boolean
  cpus: number
  memMb: number
}

/** All that a plan is made of. */
export type PlanInput = {
  config: Config
  machine: Machine
  zk: ZkUrl
  /** Absent: the ZooKeeper of the URL is not ours to run. */
  birth?: Birth
  programs: Programs
  mode: 'dev' | 'joined'
  roles: { controller: boolean; worker: boolean }
}
