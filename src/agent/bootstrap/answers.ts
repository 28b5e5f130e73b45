import { connect } from 'node:net'
import type { Clock } from '../../clock.ts'
import { type Cluster, readCluster } from '../../config/document/cluster.ts'
import { clusterPaths } from '../../config/document/paths.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import type { Server, ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'

const connectMs = 1000
const sessionMs = 4000

/**
 * Whether a ZooKeeper serves clients at the URL, and which cluster lives there, if any. A client session tells; a port
 * that is open does not. Undefined when none serves.
 * @throws MeshboxError `cluster-unreadable`
 */
export async function whoAnswers(
  url: ZkUrl,
  clock: Clock,
): Promise<{ cluster: Cluster | undefined } | undefined> {
  const open = await Promise.all(url.servers.map(isOpen))
  const servers = url.servers.filter((_, index) => open[index])
  if (servers.length === 0) return undefined
  const session = openSession({ ...url, servers, timeoutMs: sessionMs }, clock, silentLog)
  try {
    return { cluster: await readCluster(session, clusterPaths(url.path).cluster) }
  } catch (error) {
    if (error instanceof MeshboxError && error.code === 'zk-connection-loss') return undefined
    throw error
  } finally {
    await session.close()
  }
}

/** Whether somebody listens there. */
export function isOpen({ host, port }: Server): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(connectMs, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
