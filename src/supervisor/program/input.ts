import type { EnsembleServer } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { Programs } from '../provider/choose.ts'

/** Who this machine's ZooKeeper is. The ids never change; ZooKeeper itself owns the list once it runs. */
export type Birth = {
  serverId: number
  clientPort: number
  servers: EnsembleServer[]
  /** It took part in the agreement: its first, empty disk may vote. One that came later gets the data from the others. */
  founder: boolean
  /** Whoever has the password of this digest may change the ensemble, at this machine's server. */
  superDigest?: string
  /** Its replica of the masters' log has still to be initialised, and why that does not succeed. */
  firstLog?: { problem?: { reason: string; hint?: string } }
}

export type Machine = {
  name: string
  hostname: string
  /** Where the others reach this machine. */
  ip: string
  /** What programs bind to, behind NAT: there it is none of the addresses at which others reach the machine. */
  inner?: string
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
  /** A controller all the same, but its mesos-master must not run now. */
  masterStops?: boolean
  /** Its ZooKeeper must not run now, for another disk may become the ensemble. */
  zooKeeperStops?: boolean
}
