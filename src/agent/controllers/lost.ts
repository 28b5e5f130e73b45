import type { Cluster } from '../../config/document/cluster.ts'
import type { Member } from '../gossip/gossip.ts'
import { known } from '../problem/known.ts'
import type { Problem } from '../problem/problem.ts'
import { memberAt } from './member-at.ts'

/** An election takes some seconds, the start of a whole cluster some more. Who is not there elects nobody. */
const patienceMs = { all: 20_000, fewer: 3000 }

/**
 * What to tell people when the controllers have no majority; undefined while they may have one.
 * @param awayMs for so long no server of ZooKeeper has answered this machine
 * @param leftOut the list that it knows is of an ensemble that is no more
 */
export function majorityLost(
  cluster: Cluster | undefined,
  members: Member[],
  awayMs: number,
  leftOut = false,
): Problem | undefined {
  const servers = cluster?.servers ?? []
  if (servers.length < 2 || leftOut) return undefined
  const silent = servers
    .map(({ host }) => ({
      ...{ host, member: memberAt(members, host) ?? members.find(({ address }) => address === host) },
    }))
    .filter(({ member }) => member?.status !== 'alive')
    .map(({ host, member }) => member?.name ?? host)
  const lacks = servers.length - silent.length < Math.floor(servers.length / 2) + 1
  if (awayMs < (lacks ? patienceMs.fewer : patienceMs.all)) return undefined
  return known.noMajority(silent, silent[0])
}

/** Of another machine that has met a cluster. */
export function addressOfMember(members: Member[], own: string): string | undefined {
  return members.find(({ name, status, tags }) => name !== own && status === 'alive' && tags.cluster)?.address
}
