import { z } from 'zod'
import { MeshboxError } from '../../error.ts'
import type { Session } from '../zookeeper/session.ts'
import type { ZkUrl } from '../zookeeper/url.ts'

/** One server of the ensemble. ZooKeeper owns the list; the ids are never used again. */
export const ensembleServerSchema = z.object({
  id: z.int().min(1).max(255),
  /** An IP address: names may come to mean something else. */
  host: z.string(),
  clientPort: z.int(),
  quorumPort: z.int(),
  electionPort: z.int(),
})

export type EnsembleServer = z.output<typeof ensembleServerSchema>

export const clusterSchema = z.object({
  /** Random, drawn at the cluster's birth; what tells one cluster from another. */
  id: z.uuid(),
  /** Born with stand-ins for Mesos and Marathon. A cluster is simulated for ever or never. */
  simulated: z.boolean(),
  bornAt: z.iso.datetime(),
  /** Absent where the ZooKeeper is not meshbox's to run. */
  servers: z.array(ensembleServerSchema).min(1).optional(),
  /** It ran before meshbox did: its servers may still run as they were found, by a list that cannot be changed. */
  adopted: z.boolean().optional(),
  /** The lowest server id that no server has ever had, once there were others than those of the birth. */
  nextId: z.int().optional(),
  /**
   * Its last recovery from one disk, that of the machine `from`: of the servers with an id below that one none but `server` is
   * of this ensemble ever again, whatever they hold.
   */
  recovered: z
    .object({
      id: z.string(),
      from: z.object({ name: z.string(), address: z.string() }),
      ...{ server: z.int(), below: z.int() },
    })
    .optional(),
  /** It has a key, and these znodes are for those who have it. */
  keyed: z.boolean().optional(),
  /** It was born with the data of a backup: of which one, and of which cluster that was. */
  restored: z.object({ backup: z.string(), cluster: z.uuid() }).optional(),
})

export type Cluster = z.output<typeof clusterSchema>

/**
 * The URL of the ensemble as it is, the same text on every machine whatever each was joined with; the given one where
 * the ensemble is not meshbox's.
 */
export function currentUrl(given: ZkUrl, cluster: Pick<Cluster, 'servers'> | undefined): ZkUrl {
  if (!cluster?.servers) return given
  return { ...given, servers: cluster.servers.map(({ host, clientPort }) => ({ host, port: clientPort })) }
}

/**
 * Who the cluster at this ZooKeeper is; undefined when none was born yet.
 * @throws MeshboxError `cluster-unreadable` when the znode holds something else
 */
export async function readCluster(session: Session, path: string): Promise<Cluster | undefined> {
  const node = await session.read(path)
  return node && parseCluster(node.data, path)
}

/** @throws MeshboxError `cluster-unreadable` */
export function parseCluster(data: Buffer, path: string): Cluster {
  try {
    return clusterSchema.parse(JSON.parse(data.toString()))
  } catch (cause) {
    throw new MeshboxError({
      code: 'cluster-unreadable',
      message: `cannot join: the znode ${path} is not one that meshbox wrote`,
      hint: 'use another path in the ZooKeeper URL, or remove that znode',
      cause,
    })
  }
}

/**
 * The cluster at this ZooKeeper; the first to come writes down `born`, in the place of the one whose data it was born
 * with too.
 */
export async function meetCluster(session: Session, path: string, born: Cluster): Promise<Cluster> {
  const there = await readCluster(session, path)
  if (there && born.restored?.cluster === there.id) return replaceCluster(session, path, there, born)
  if (there) return there
  await session.ensure(path.slice(0, path.lastIndexOf('/')))
  try {
    await session.create(path, JSON.stringify(born))
    return born
  } catch (error) {
    if (!(error instanceof MeshboxError) || error.code !== 'zk-node-exists') throw error
    return (await readCluster(session, path)) ?? meetCluster(session, path, born)
  }
}

async function replaceCluster(
  session: Session,
  path: string,
  former: Cluster,
  born: Cluster,
): Promise<Cluster> {
  const node = await session.read(path)
  try {
    if (node && JSON.parse(node.data.toString()).id === former.id)
      await session.write(path, JSON.stringify(born), node.version)
  } catch (error) {
    if (!(error instanceof MeshboxError) || error.code !== 'zk-bad-version') throw error
  }
  return meetCluster(session, path, born)
}
