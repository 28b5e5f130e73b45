import { join } from 'node:path'
import { z } from 'zod'
import { type Clock, until } from '../../clock.ts'
import { type Cluster, type EnsembleServer, readCluster } from '../../config/document/cluster.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { keepCopy, makeAlone } from '../../supervisor/ensemble/alone.ts'
import { readDisk } from '../../supervisor/ensemble/disk.ts'
import { logFolders, serverIn } from '../../supervisor/ensemble/folders.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Member } from '../gossip/gossip.ts'
import type { AskPeer } from '../peer/ask.ts'
import type { Place } from '../place.ts'
import type { Planner } from '../plan/planner.ts'
import { isOver, type Rollout } from '../rollout/rollout.ts'
import type { Rollouts } from '../rollout/store.ts'
import { quorumOf } from './change.ts'

/** What a machine asks another one about its disk. `keep`: and have a copy made of it. */
export const diskRequestSchema = z.strictObject({ cluster: z.string(), keep: z.boolean() })

export const diskSchema = z.object({
  /** Of the last transaction, as hex. */
  zxid: z.string(),
  epoch: z.int().optional(),
  /** Unix milliseconds of that transaction. */
  at: z.number().optional(),
  /** Where the copy is. */
  kept: z.string().optional(),
})

/** `disk` is undefined for a disk that never held anything. */
export const diskReplySchema = z.object({ disk: diskSchema.optional() })

export type Disk = z.output<typeof diskSchema>

/** A controller of the ensemble that lost its majority, and what is known of its disk. */
export type DiskRow = {
  id: number
  name: string
  address: string
  alive: boolean
  disk?: Disk
  /** Why nothing is known. */
  why?: string
}

export type Recovery = {
  /** What each disk holds. */
  look(): Promise<DiskRow[]>
  /** What this machine's disk holds. @throws MeshboxError when it is of another cluster */
  tell(request: z.output<typeof diskRequestSchema>): Promise<{ disk?: Disk }>
  /**
   * Makes an ensemble of this machine's disk alone, and copies of all disks that can be reached before.
   * @throws MeshboxError when ZooKeeper serves, or could
   */
  run(): Promise<{ kept: string[] }>
}

const askMs = 120_000
const servesMs = 60_000

export type RecoveryDeps = {
  place: Place
  session: Session
  clusterPath: string
  cluster: () => Cluster | undefined
  members: () => Member[]
  ask: AskPeer
  supervisor: Pick<Supervisor, 'stop' | 'start' | 'status'>
  planner: Pick<Planner, 'begin'>
  rollouts: Pick<Rollouts, 'change' | 'seen'>
  /** Where this machine's ZooKeeper takes clients, when not on all addresses. */
  listen: () => string | undefined
  dataDir: string
  changed: () => void
  clock: Clock
  log: Log
}

export function openRecovery(deps: RecoveryDeps): Recovery {
  const { place, session, supervisor, planner, rollouts, members, clock, log } = deps
  const home = join(deps.dataDir, 'zookeeper')

  function own(): EnsembleServer {
    const ensemble = place.ensemble()
    const server =
      ensemble.kind === 'managed' && ensemble.cluster.servers.find(({ host }) => host === ensemble.address)
    if (server) return server
    throw refused('this machine is no controller', '`meshbox controllers recover` shows those that there are')
  }

  async function ownDisk(keep: boolean): Promise<{ disk?: Disk }> {
    const [data = '', log] = logFolders(serverIn(home))
    const found = readDisk(data, log)
    if (!found) return {}
    const { zxid, epoch, at } = found
    return {
      disk: {
        zxid,
        ...(epoch === undefined ? {} : { epoch }),
        ...(at === undefined ? {} : { at }),
        ...(keep ? { kept: await keepCopy(home, zxid) } : {}),
      },
    }
  }

  async function askDisk(member: Member, keep: boolean): Promise<{ disk?: Disk }> {
    const body = { cluster: deps.cluster()?.id ?? '', keep }
    const request = { port: Number(member.tags.api), path: '/v1/disk', body, withinMs: askMs }
    const { disk } = diskReplySchema.parse(await deps.ask(member.address, request))
    return disk ? { disk } : {}
  }

  async function look(keep = false): Promise<DiskRow[]> {
    const ensemble = place.ensemble()
    const servers = deps.cluster()?.servers ?? []
    return Promise.all(
      servers.map(async ({ id, host }): Promise<DiskRow> => {
        const member = members().find(({ address, status }) => address === host && status !== 'left')
        const alive = member?.status === 'alive'
        const row = { id, name: member?.name ?? host, address: host, alive }
        if (ensemble.kind === 'managed' && ensemble.address === host)
          return { ...row, ...(await ownDisk(keep)) }
        const silent = { ...row, alive: false, why: 'it does not answer' }
        if (!member || !alive) return silent
        return askDisk(member, keep).then(
          (told) => ({ ...row, ...told }),
          // Gossip needs a moment to miss a machine.
          (error) => (error instanceof MeshboxError ? { ...row, why: error.message } : silent),
        )
      }),
    )
  }

  return {
    look,
    async tell({ cluster, keep }) {
      if (cluster !== deps.cluster()?.id) throw refused('it is of another cluster')
      return ownDisk(keep)
    },
    async run() {
      const server = own()
      if (session.state() === 'connected') throw refused('ZooKeeper serves: nothing is lost')
      const rows = await look()
      const holding = rows.filter(({ alive, disk }) => alive && disk)
      if (holding.length >= quorumOf(rows))
        throw refused(
          `${holding.map(({ name }) => name).join(', ')} are a majority, and hold data`,
          'have their ZooKeepers run: `meshbox status` there tells what keeps them from it',
        )
      if (!(await ownDisk(false)).disk) throw refused('the disk of this machine holds nothing')
      const concerned = supervisor
        .status()
        .flatMap(({ name }) => (name === 'zookeeper' || name === 'mesos-master' ? [name] : []))
      await supervisor.stop(concerned)
      const kept = (await look(true)).flatMap(({ name, disk }) =>
        disk?.kept ? [`${name}:${disk.kept}`] : [],
      )
      log.warn({ kept, server }, 'an ensemble is made of this disk alone')
      makeAlone(join(home, 'conf'), server, deps.listen())
      session.useServers([{ host: server.host, port: server.clientPort }])
      await supervisor.start(['zookeeper'])
      await serves(server)
      await rollouts.change(endOfChange)
      place.follow([server], false)
      const trial = planner.begin(rollouts.seen()?.step ?? 0)
      deps.changed()
      await until(clock, { everyMs: 200, timeoutMs: servesMs }, () => trial.isApplied() || undefined)
      trial.keep()
      await supervisor.start(concerned)
      return { kept }
    },
  }

  /** And the record of the cluster says so. */
  async function serves(server: EnsembleServer): Promise<void> {
    let last = ''
    const done = await until(clock, { everyMs: 500, timeoutMs: servesMs }, async () => {
      try {
        const cluster = await readCluster(session, deps.clusterPath)
        if (!cluster?.servers) throw refused('the record of the cluster is not on this disk')
        const nextId = Math.max(cluster.nextId ?? 0, ...cluster.servers.map(({ id }) => id + 1))
        await session.write(deps.clusterPath, JSON.stringify({ ...cluster, servers: [server], nextId }))
        return true
      } catch (error) {
        last = messageOf(error)
        return undefined
      }
    })
    if (!done)
      throw refused(
        `ZooKeeper does not serve alone: ${last}`,
        `its data as it was is beside it, in ${home}.kept-…; \`meshbox logs zookeeper\` tells more`,
      )
  }
}

/** A change of the controllers that there were goes no further, whoever has a permit for it. */
function endOfChange(now: Rollout | undefined): Rollout | undefined {
  if (now?.change.kind !== 'controllers' || isOver(now)) return undefined
  const { permit: _, ...rest } = now
  return {
    ...rest,
    state: 'aborted',
    why: 'the majority was lost, and the controllers recovered from one disk',
  }
}

function refused(why: string, hint?: string): MeshboxError {
  return new MeshboxError({
    code: 'recover-refused',
    message: `cannot recover the controllers: ${why}`,
    hint,
  })
}
