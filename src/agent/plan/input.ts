import { type Cluster, currentUrl } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { PlanInput } from '../../supervisor/program/input.ts'
import { type Programs, serviceNames } from '../../supervisor/provider/choose.ts'
import type { ServiceName } from '../../supervisor/service/spec.ts'
import type { MasterLog } from '../bootstrap/first-log.ts'
import type { Folders } from '../local/folders.ts'
import { innerAddress, machineFacts } from '../local/machine.ts'
import type { Joined } from '../local/memory.ts'
import type { Place } from '../place.ts'
import type { Setup } from './hold.ts'

/** All that a plan of this machine is made of, by some configuration and list of controllers. */
export function planInput(
  { config, servers }: Pick<Setup, 'config' | 'servers'>,
  {
    address,
    joined,
    folders,
    url,
    place,
    masterLog,
    programs,
    cluster,
  }: {
    /** Where the others reach this machine. */
    address: string
    joined: Joined
    folders: Folders
    url: ZkUrl
    place: Place
    masterLog: Pick<MasterLog, 'wanted'>
    programs: Programs
    cluster: Cluster | undefined
  },
): PlanInput {
  const machine = machineFacts()
  const inner = innerAddress(address, machine.addresses)
  const birth = place.birth()
  const known = cluster !== undefined
  return {
    config,
    machine: {
      ...machine,
      name: joined.name,
      ip: address,
      ...(inner === address ? {} : { inner }),
      dataDir: folders.state,
      logDir: folders.logs,
    },
    zk: currentUrl(url, servers && { servers }),
    ...(birth ? { birth: { ...birth, ...masterLog.wanted() } } : {}),
    programs,
    mode: joined.mode,
    // Before the cluster is known nothing but ZooKeeper may run: the others would act for a stranger.
    roles: {
      controller: place.controller() && place.master() !== 'none' && known,
      worker: place.worker() && known,
    },
    masterStops: place.master() === 'stopped' || place.halted().includes('mesos-master'),
    zooKeeperStops: place.halted().includes('zookeeper'),
  }
}

/** The programs of this machine that do not come with meshbox itself. */
export function wantedPrograms(
  { docker }: Pick<Config, 'docker'>,
  place: Pick<Place, 'ensemble' | 'controller' | 'worker'>,
  { simulated }: Pick<Joined, 'simulated'>,
): ServiceName[] {
  return serviceNames.filter((name) => {
    if (name === 'zookeeper') return place.ensemble().kind === 'managed'
    if (name === 'docker') return docker.install && place.worker()
    return !simulated && (name === 'mesos-agent' ? place.worker() : place.controller())
  })
}
