import type { Cluster } from '../../config/document/cluster.ts'
import type { Member } from '../gossip/gossip.ts'

/** An election takes some seconds, the start of a whole cluster some more. */
const patienceMs = 20_000

/**
 * What to tell people when the controllers have no majority; undefined while they may have one.
 * @param awayMs for so long no server of ZooKeeper has answered this machine
 */
export function majorityLost(
  cluster: Cluster | undefined,
  members: Member[],
  awayMs: number,
): string | undefined {
  const servers = cluster?.servers ?? []
  if (servers.length < 2 || awayMs < patienceMs) return undefined
  const silent = servers
    .map(({ host }) => ({ host, member: members.find(({ address }) => address === host) }))
    .filter(({ member }) => member?.status !== 'alive')
    .map(({ host, member }) => member?.name ?? host)
  const who = silent.length === 0 ? 'all controllers are alive' : `${silent.join(', ')} do not answer`
  return (
    `ZooKeeper has no majority, and ${who}: nothing can be changed until there is one; names and tasks go on. ` +
    'If machines or disks are lost for good: `meshbox controllers recover`'
  )
}
