import type { Clock } from '../../clock.ts'
import { type Cluster, readCluster } from '../../config/document/cluster.ts'
import { parseDocumentText } from '../../config/document/parse.ts'
import { clusterPaths } from '../../config/document/paths.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { parseZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import { installZooKeeper } from '../../supervisor/provider/apt.ts'
import { zookeeperLacks } from '../../supervisor/provider/find.ts'
import { checkCluster } from '../bootstrap/meet.ts'
import { settleEnsemble } from '../bootstrap/settle.ts'
import { machineFacts } from '../local/machine.ts'
import type { Joined } from '../local/memory.ts'
import { checkPorts } from './ports.ts'
import { wantedPorts } from './wanted.ts'

/**
 * What must be true before anything is written or started on a machine that has never taken part.
 * @throws MeshboxError (exit 1) for the first thing that is not
 */
export async function preflight(
  joined: Joined,
  { clock, note }: { clock: Clock; note: (line: string) => void },
): Promise<void> {
  const url = parseZkUrl(joined.zkUrl)
  const config = parseDocumentText(joined.seed, 'the document')
  const settled = await settleEnsemble(url, { ...joined, memory: { recall: () => undefined }, config, clock })
  if (settled.ensemble.kind === 'external') {
    const cluster = await peek(url, clock)
    if (cluster) checkCluster(cluster, joined.simulated, undefined)
  }
  await checkPorts(wantedPorts(config, joined, settled))
  if (settled.ensemble.kind === 'managed') await haveZooKeeper(note)
}

/** Installs it where that is possible, and looks again: what counts is that it can be started. */
async function haveZooKeeper(note: (line: string) => void): Promise<void> {
  const lacking = zookeeperLacks()
  if (!lacking) return
  const { root } = machineFacts()
  await installZooKeeper(lacking, { root, note })
  const still = zookeeperLacks()
  if (!still) return
  throw new MeshboxError({
    code: 'not-installed',
    message: `cannot start: ZooKeeper is to run here, and ${still} cannot be found though its package is installed`,
    hint: 'check that `java -version` works and that /usr/share/java/zookeeper.jar is there',
  })
}

/** The cluster that lives at this ZooKeeper already; undefined when there is none, or when nothing answers yet. */
async function peek(url: ZkUrl, clock: Clock): Promise<Cluster | undefined> {
  const session = openSession({ ...url, timeoutMs: 4000 }, clock, silentLog)
  try {
    return await readCluster(session, clusterPaths(url.path).cluster)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'zk-connection-loss') return undefined
    throw error
  } finally {
    await session.close()
  }
}
