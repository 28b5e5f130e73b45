import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Cluster, clusterSchema } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import { MeshboxError } from '../../error.ts'
import { keepCopy } from '../../supervisor/ensemble/alone.ts'
import { readDisk } from '../../supervisor/ensemble/disk.ts'
import { logFolders, serverIn } from '../../supervisor/ensemble/folders.ts'
import { livePlaces } from '../backup/manifest.ts'
import type { Member } from '../gossip/gossip.ts'
import { recoverySchema } from '../local/memory.ts'
import type { AskPeer } from '../peer/ask.ts'
import type { Place } from '../place.ts'
import { memberAt } from './member-at.ts'

/**
 * What a machine asks another one about its disk. `promise`: and that it makes a copy of it, and runs no ZooKeeper and no
 * master until that recovery is over; `gone`: by an operator's word the one that it promised so before is off for good.
 */
export const diskRequestSchema = z.strictObject({
  cluster: z.string(),
  promise: recoverySchema.omit({ state: true }).extend({ gone: z.boolean() }).optional(),
})

const diskSchema = z.object({
  /** Of the last transaction, as hex. */
  zxid: z.string(),
  epoch: z.int().optional(),
  /** Unix milliseconds of that transaction. */
  at: z.number().optional(),
  /** Whether a log of the masters is there as well. */
  registry: z.boolean().optional(),
  /** Where the copy is. */
  kept: z.string().optional(),
})

export const diskReplySchema = z.object({
  /** Undefined for one that never held anything. */
  disk: diskSchema.optional(),
  /** The last one that the machine took part in. */
  recovery: recoverySchema.optional(),
  /** The last one of the cluster that it is in touch with. */
  recovered: clusterSchema.shape.recovered,
  /** The controllers of that cluster, as it has seen them last. */
  servers: clusterSchema.shape.servers,
  /** ZooKeeper serves that machine now. */
  serves: z.boolean().optional(),
})

export type Disk = z.output<typeof diskSchema>
export type DiskReply = z.output<typeof diskReplySchema>
export type PromiseRequest = NonNullable<z.output<typeof diskRequestSchema>['promise']>

/** A controller of the ensemble that lost its majority, and what is known of its disk. */
export type DiskRow = DiskReply & {
  id: number
  name: string
  address: string
  alive: boolean
  /** Why nothing is known. */
  why?: string
}

export type Disks = {
  /** That of this machine. `keep`: with a copy of it. */
  own(keep?: boolean): Promise<{ disk?: Disk }>
  /** @throws what `AskPeer` does */
  ask(member: Pick<Member, 'address' | 'tags'>, promise?: PromiseRequest): Promise<DiskReply>
  look(): Promise<DiskRow[]>
  memberAt(address: string): Member | undefined
  /** By gossip. */
  members(): Member[]
}

/** As long as it takes to stop two programs and to copy a disk. */
const promiseMs = 600_000
const askMs = 10_000

export function openDisks(deps: {
  place: Pick<Place, 'ensemble' | 'recovery'>
  cluster: () => Cluster | undefined
  members: () => Member[]
  ask: AskPeer
  config: () => Pick<Config, 'zookeeper' | 'mesos'>
  dataDir: string
}): Disks {
  const { place } = deps
  const home = join(deps.dataDir, 'zookeeper')

  let last: Promise<unknown> = Promise.resolve()
  /** One copy at a time, whoever asks for it. */
  function keepIt(zxid: string): Promise<string> {
    const copy = last.then(() => keepCopy(home, zxid, deps.config().zookeeper.dataLogDir))
    last = copy.catch(() => {})
    return copy
  }

  async function own(keep = false): Promise<{ disk?: Disk }> {
    const [data = '', log] = logFolders(serverIn(home), deps.config().zookeeper.dataLogDir)
    const found = readDisk(data, log)
    if (!found) return {}
    const { zxid, epoch, at } = found
    return {
      disk: {
        zxid,
        ...(epoch === undefined ? {} : { epoch }),
        ...(at === undefined ? {} : { at }),
        registry: existsSync(livePlaces(deps.dataDir, deps.config()).registry),
        ...(keep ? { kept: await keepIt(zxid) } : {}),
      },
    }
  }

  async function ask(
    { address, tags }: Pick<Member, 'address' | 'tags'>,
    promise?: PromiseRequest,
  ): Promise<DiskReply> {
    const body = { cluster: deps.cluster()?.id ?? '', ...(promise ? { promise } : {}) }
    const request = { port: Number(tags.api), path: '/v1/disk', body, withinMs: promise ? promiseMs : askMs }
    return diskReplySchema.parse(await deps.ask(address, request))
  }

  return {
    own,
    ask,
    memberAt: (host) => memberAt(deps.members(), host),
    members: deps.members,
    look() {
      const ensemble = place.ensemble()
      return Promise.all(
        (deps.cluster()?.servers ?? []).map(async ({ id, host }): Promise<DiskRow> => {
          const member = memberAt(deps.members(), host)
          const alive = member?.status === 'alive'
          const row = { id, name: member?.name ?? host, address: host, alive }
          const recovery = place.recovery()
          if (ensemble.kind === 'managed' && ensemble.address === host)
            return { ...row, ...(await own()), ...(recovery ? { recovery } : {}) }
          const silent = { ...row, alive: false, why: 'it does not answer' }
          if (!member || !alive) return silent
          return ask(member).then(
            (told) => ({ ...row, ...told }),
            // Gossip needs a moment to miss a machine.
            (error) => (error instanceof MeshboxError ? { ...row, why: error.message } : silent),
          )
        }),
      )
    },
  }
}

export function refused(why: string, hint?: string): MeshboxError {
  return new MeshboxError({
    code: 'recover-refused',
    message: `cannot recover the controllers: ${why}`,
    hint,
  })
}
