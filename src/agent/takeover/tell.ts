import { systemClock, until } from '../../clock.ts'
import { type Cluster, meetCluster } from '../../config/document/cluster.ts'
import { clusterPaths } from '../../config/document/paths.ts'
import { sharedDocument } from '../../config/document/shared.ts'
import { editsOf } from '../../config/import/finding.ts'
import { openSecrets } from '../../config/secret/secrets.ts'
import { openVault } from '../../config/secret/vault.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { formatZkUrl, parseZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import { checkCluster, checkKeyed } from '../bootstrap/meet.ts'
import { sameServers } from './ensemble.ts'
import type { Takeover } from './plan.ts'

const connectMs = 15_000

/**
 * Has the cluster written down, as the first machine does; where another has written the document before, this one adds what
 * is its own. An ensemble that serves is one and one alone: what its quorum keeps is what all its machines find.
 * @throws MeshboxError when no ZooKeeper answers, or the cluster there is another one
 */
export async function tellCluster(plan: Takeover, name: string, keys: Uint8Array[]): Promise<Cluster> {
  const url = parseZkUrl(plan.zkUrl)
  const paths = clusterPaths(url.path)
  const ring = { bytes: () => keys, onChange: () => () => {} }
  const access = { root: paths.root, keys: ring.bytes, onChange: ring.onChange }
  const servers = plan.ensemble
    ? [plan.ensemble.own].map(({ host, clientPort: port }) => ({ host, port }))
    : url.servers
  const session = openSession({ ...url, servers, access }, systemClock, silentLog)
  try {
    const up = await until(systemClock, { everyMs: 50, timeoutMs: connectMs }, () =>
      session.state() === 'connected' ? true : undefined,
    )
    if (!up)
      throw new MeshboxError({
        code: 'adopt-zookeeper',
        message: `cannot adopt: no ZooKeeper answers at ${formatZkUrl(url)}`,
        hint: 'start it, or name another: meshbox adopt zk://host:port/mesos',
      })
    const cluster = await meetCluster(session, paths.cluster, {
      id: crypto.randomUUID(),
      simulated: false,
      bornAt: new Date(systemClock.now()).toISOString(),
      ...(plan.ensemble ? { servers: plan.ensemble.servers, adopted: true } : {}),
      ...(keys.length > 0 ? { keyed: true } : {}),
    })
    checkKeyed(cluster, keys.length > 0)
    checkCluster(cluster, false, undefined)
    // Somebody may have begun it since the plan was made.
    if (plan.ensemble && !sameServers(cluster.servers ?? [], plan.ensemble.servers))
      throw new MeshboxError({
        code: 'adopt-ensemble',
        message: 'cannot adopt: this cluster was begun with other servers meanwhile',
        hint: 'look again with --dry-run',
      })
    const vault = openVault(() => keys.length > 0, { recall: () => undefined, remember() {} })
    const secrets = openSecrets({ session, path: paths.secrets, vault, keys: ring, log: silentLog })
    const document = sharedDocument(session, secrets, paths, systemClock)
    const there = (await document.read()).kind !== 'absent'
    const edits = editsOf(plan.findings, ['nodes', name]).filter(({ path }) => path[0] === 'nodes')
    if (there && edits.length > 0) await document.edit(edits, { who: name, how: 'adopt' })
    secrets.stop()
    return cluster
  } finally {
    await session.close()
  }
}
