import { connect } from 'node:net'
import type { Clock } from '../../clock.ts'
import { type Cluster, readCluster } from '../../config/document/cluster.ts'
import { type ClusterPaths, clusterPaths } from '../../config/document/paths.ts'
import { openSession, type Session } from '../../config/zookeeper/session.ts'
import type { Server, ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import { saidOf } from '../peer/refusal.ts'
import { clustersIn, refuseBeside } from './beside.ts'
import { checkKeyed } from './meet.ts'

const connectMs = 1000
const sessionMs = 4000

/**
 * Whether a ZooKeeper serves clients at the URL, and which cluster lives there, if any. A client session tells; a port
 * that is open does not. Undefined when none serves.
 * @throws MeshboxError `cluster-unreadable`, and `peer-…` when keys keep this machine out of it
 */
export function whoAnswers(
  url: ZkUrl,
  keys: readonly Uint8Array[],
  clock: Clock,
): Promise<{ cluster: Cluster | undefined } | undefined> {
  return asked(url, keys, clock, async (session, paths) => {
    const cluster = await readCluster(session, paths.cluster)
    if (cluster) checkKeyed(cluster, keys.length > 0)
    return { cluster }
  })
}

/**
 * @param note is told when it cannot be known
 * @throws MeshboxError (exit 2) where the ZooKeeper that serves at the URL has clusters, and none at its path
 */
export async function checkPath(
  url: ZkUrl,
  { keys, clock, note }: { keys: readonly Uint8Array[]; clock: Clock; note: (line: string) => void },
): Promise<void> {
  const searched = await asked(url, keys, clock, (session) => clustersIn(session, url.path, clock))
  refuseBeside(searched, url, note)
}

/** Undefined where none serves. */
async function asked<T>(
  url: ZkUrl,
  keys: readonly Uint8Array[],
  clock: Clock,
  ask: (session: Session, paths: ClusterPaths) => Promise<T>,
): Promise<T | undefined> {
  const open = await Promise.all(url.servers.map(isOpen))
  const servers = url.servers.filter((_, index) => open[index])
  if (servers.length === 0) return undefined
  const paths = clusterPaths(url.path)
  const access = { root: paths.root, keys: () => keys, onChange: () => () => {} }
  const session = openSession({ ...url, servers, access, timeoutMs: sessionMs }, clock, silentLog)
  try {
    return await ask(session, paths)
  } catch (error) {
    if (error instanceof MeshboxError && error.code === 'zk-connection-loss') return undefined
    if (error instanceof MeshboxError && error.code === 'zk-no-auth') throw keptOut(keys)
    throw error
  } finally {
    await session.close()
  }
}

function keptOut(keys: readonly Uint8Array[]): MeshboxError {
  const code = keys.length === 0 ? 'peer-keyed' : 'peer-other-key'
  const [why, hint] = saidOf(code)
  return new MeshboxError({ code, message: `cannot join: the ZooKeeper ${why}`, hint })
}

/** Whether somebody listens there. */
function isOpen({ host, port }: Server): Promise<boolean> {
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
