import { dirname } from 'node:path'
import { type Cluster, type EnsembleServer, readCluster } from '../../config/document/cluster.ts'
import { ensemblePath, serverLine } from '../../config/zookeeper/ensemble.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import { isLeftOut, isServerListLost, restoreServerList } from '../../supervisor/service/server-list.ts'

/**
 * Gives a server that has lost its list, but not its data, the list that the others have; so it does one that was taken out
 * of the ensemble, and is in it again, and one that is about to join and was told a list without itself. What stood in the birth record may be an ensemble that is long gone, and two old servers
 * could make a quorum of their own by it.
 * @param conf the folder of its configuration
 * @returns whether it has got one
 */
export async function regainServerList(
  conf: string,
  {
    session,
    cluster,
    clusterPath,
    serverId,
    joins,
    log,
  }: {
    session: Session
    cluster: Cluster
    clusterPath: string
    serverId: number
    /** Itself, while it does not run and is to follow the others without a vote. */
    joins: EnsembleServer | undefined
    log: Log
  },
): Promise<boolean> {
  const lost = isServerListLost(conf)
  if (!(lost || isLeftOut(conf, serverId)) || session.state() !== 'connected') return false
  const there = await readCluster(session, clusterPath)
  const config = await session.read(ensemblePath)
  if (!config || there?.id !== cluster.id) return false
  const restored = restoreServerList(conf, config.data.toString(), serverId, joins && serverLine(joins))
  if (restored)
    log.info({ folder: dirname(conf) }, 'the list of the ensemble is back, from the other servers')
  else if (lost)
    log.error({ serverId }, 'this machine is no longer a server of the ensemble; its ZooKeeper stays down')
  return restored
}
