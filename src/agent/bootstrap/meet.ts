import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { type Cluster, meetCluster, readCluster } from '../../config/document/cluster.ts'
import type { ClusterPaths } from '../../config/document/paths.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError } from '../../error.ts'
import { saidOf } from '../peer/refusal.ts'

/**
 * Finds out which cluster this ZooKeeper belongs to, writing it down when nobody has; compares it with what this
 * machine remembers and was told.
 * @throws MeshboxError `cluster-other` or `cluster-simulated`: then nothing may be started for it;
 *   `cluster-unwritten`: to be tried again
 */
export async function meet(
  session: Session,
  paths: ClusterPaths,
  {
    simulated,
    keyed,
    remembered,
    bornElsewhere,
    clock,
  }: {
    simulated: boolean
    /** Whether this machine has a key. */
    keyed: boolean
    remembered: Cluster | undefined
    /** Whether other machines have the birth of this cluster, so that it is theirs to write down. */
    bornElsewhere: (written: string | undefined) => Promise<boolean>
    clock: Clock
  },
): Promise<Cluster> {
  if (!remembered && (await bornElsewhere((await readCluster(session, paths.cluster))?.id))) {
    throw new MeshboxError({
      code: 'cluster-unwritten',
      message: 'the machines of the ZooKeeper URL have not written down their cluster yet',
    })
  }
  const born: Cluster = remembered ?? {
    id: randomUUID(),
    simulated,
    bornAt: new Date(clock.now()).toISOString(),
  }
  // A rollout of the life before waits for machines of that life.
  if (remembered?.restored && (await readCluster(session, paths.cluster))?.id === remembered.restored.cluster)
    await session.remove(`${paths.rollout}/state`)
  const cluster = await meetCluster(session, paths.cluster, keyed ? { ...born, keyed } : born)
  checkKeyed(cluster, keyed)
  checkCluster(cluster, simulated, remembered)
  return cluster
}

/** @throws MeshboxError for an open cluster, and a machine with a key */
export function checkKeyed(cluster: Cluster, keyed: boolean): void {
  if (!keyed || cluster.keyed) return
  const [why, hint] = saidOf('peer-open')
  throw new MeshboxError({ code: 'peer-open', message: `cannot join: the ZooKeeper ${why}`, hint })
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
  checkKind(cluster.simulated, simulated)
}

/** @throws MeshboxError when one has stand-ins and the other has not */
export function checkKind(there: boolean, here: boolean): void {
  if (there === here) return
  throw new MeshboxError({
    code: 'cluster-simulated',
    message: here
      ? 'cannot join with stand-ins: this cluster was born as a real one, and the two are never mixed'
      : 'cannot join: this cluster was born as a simulated one, and the two are never mixed',
    hint: here ? 'leave out --simulated' : 'add --simulated for a trial, or use another ZooKeeper path',
  })
}
