import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { type Cluster, meetCluster } from '../../config/document/cluster.ts'
import type { ClusterPaths } from '../../config/document/paths.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError } from '../../error.ts'

/**
 * Finds out which cluster this ZooKeeper belongs to, writing it down when nobody has; compares it with what this
 * machine remembers and was told.
 * @throws MeshboxError `cluster-other` or `cluster-simulated`: then nothing may be started for it
 */
export async function meet(
  session: Session,
  paths: ClusterPaths,
  { simulated, remembered, clock }: { simulated: boolean; remembered: Cluster | undefined; clock: Clock },
): Promise<Cluster> {
  const born: Cluster = remembered ?? {
    id: randomUUID(),
    simulated,
    bornAt: new Date(clock.now()).toISOString(),
  }
  const cluster = await meetCluster(session, paths.cluster, born)
  checkCluster(cluster, simulated, remembered)
  return cluster
}

/** Real programs and stand-ins are never mixed in one cluster, and a machine never changes its cluster unasked. */
export function checkCluster(cluster: Cluster, simulated: boolean, remembered: Cluster | undefined): void {
  if (remembered && remembered.id !== cluster.id) {
    throw new MeshboxError({
      code: 'cluster-other',
      message: `cannot go on: this machine belongs to cluster ${remembered.id}, and ZooKeeper now says ${cluster.id}`,
      hint: 'check that the ZooKeeper URL still leads to the same ensemble; nothing was changed',
    })
  }
  if (cluster.simulated === simulated) return
  throw new MeshboxError({
    code: 'cluster-simulated',
    message: simulated
      ? 'cannot join with stand-ins: this cluster was born as a real one, and the two are never mixed'
      : 'cannot join: this cluster was born as a simulated one, and the two are never mixed',
    hint: simulated ? 'leave out --simulated' : 'add --simulated for a trial, or use another ZooKeeper path',
  })
}
