import { join } from 'node:path'
import { z } from 'zod'
import { clusterSchema } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'

/** What a backup holds beside the data of ZooKeeper and of the masters. */
export const manifestSchema = z.object({
  cluster: clusterSchema,
  /** No server of the cluster ever had a higher id. */
  highestServerId: z.int(),
  /** The shared document, its secrets sealed. */
  document: z.object({ text: z.string(), version: z.int() }).optional(),
  /** So many versions of it are in the history. */
  versions: z.int(),
  /** Whether the masters' replicated log is in it. */
  registry: z.boolean(),
  ring: z.object({ generation: z.int().min(0), keys: z.array(z.base64()) }),
  /** What the secrets are sealed with, in base64. */
  dataKey: z.base64().optional(),
})

export type Manifest = z.output<typeof manifestSchema>

/** The names in the archive, and in the folder that it is unpacked into. */
export const names = {
  manifest: 'manifest.json',
  /** For people; what counts is in ZooKeeper's data. */
  history: 'history.json',
  data: 'zookeeper/data',
  log: 'zookeeper/log',
  registry: 'replicated_log',
} as const

/** Where ZooKeeper and the masters keep on this machine what a backup is made of. */
export function livePlaces(state: string, { zookeeper, mesos }: Pick<Config, 'zookeeper' | 'mesos'>) {
  const data = join(state, 'zookeeper/data')
  return {
    data,
    log: zookeeper.dataLogDir ?? data,
    registry: join(mesos.master.work_dir ?? join(state, 'mesos-master/work'), 'replicated_log'),
  }
}

/** Where a backup waits to be put in place at the birth of the cluster that it is restored into. */
export const restoreFolder = (state: string) => join(state, 'restore')
