import { precedes, upstream } from '../../config/option/version.ts'
import type { ServiceName } from '../service/spec.ts'

/** A program that is to have another version; undefined where the document does not say which. */
export type Upgrade = { name: ServiceName; from?: string | undefined; to?: string | undefined }

/**
 * What others build upon comes first: an older client works with a newer server, an older mesos-agent with a newer master.
 * Docker's containers have nothing to do with either.
 */
const upwards: ServiceName[] = ['zookeeper', 'mesos-master', 'docker', 'mesos-agent', 'marathon']

/**
 * In which order programs get their versions, over the whole cluster: each on all of its machines before the next one on
 * any. The way back is the same way, backwards; so it is also where only some of them go back, but for ZooKeeper, whose
 * version has nothing to do with those of Mesos.
 */
export function upgradeOrder(upgrades: Upgrade[]): ServiceName[] {
  const among = (names: ServiceName[]) => upgrades.filter(({ name }) => names.includes(name))
  const mesos = among(['mesos-master', 'docker', 'mesos-agent', 'marathon'])
  const zookeeper = among(['zookeeper'])
  const ordered = (upgrades: Upgrade[]) => {
    const names = upwards.filter((name) => upgrades.some((upgrade) => upgrade.name === name))
    return upgrades.some(isBack) ? names.reverse() : names
  }
  return zookeeper.some(isBack)
    ? [...ordered(mesos), ...ordered(zookeeper)]
    : [...ordered(zookeeper), ...ordered(mesos)]
}

function isBack({ from, to }: Upgrade): boolean {
  return from !== undefined && to !== undefined && precedes(upstream(to), upstream(from))
}
