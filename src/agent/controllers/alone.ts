import { type Clock, until } from '../../clock.ts'
import { type Cluster, type EnsembleServer, parseCluster } from '../../config/document/cluster.ts'
import { ensemblePath, readEnsemble } from '../../config/zookeeper/ensemble.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { messageOf } from '../../error.ts'
import type { RecoveryMark } from '../local/memory.ts'
import { isOver, type Rollout } from '../rollout/rollout.ts'
import type { Rollouts } from '../rollout/store.ts'
import { progressSchema } from './change.ts'
import { failed } from './wait.ts'

export type AloneDeps = {
  clusterPath: string
  cluster: () => Cluster | undefined
  /** To that server alone: the session of the agent may find another one of the old list. */
  sessionTo: (server: EnsembleServer) => Session
  rolloutsAt: (session: Session) => Pick<Rollouts, 'change' | 'stop'>
  clock: Clock
}

const pollMs = 500
const servesMs = 60_000

/**
 * Waits until that server serves, by its own word as the only one of its ensemble, and has what it holds say so.
 * @throws MeshboxError with the last reason, after a minute
 */
export async function serveAlone(
  server: EnsembleServer,
  mark: Omit<RecoveryMark, 'state'>,
  deps: AloneDeps,
): Promise<void> {
  const session = deps.sessionTo(server)
  const rollouts = deps.rolloutsAt(session)
  let last = ''
  try {
    const done = await until(deps.clock, { everyMs: pollMs, timeoutMs: servesMs }, async () => {
      try {
        await isAlone(session, server)
        let change: Rollout | undefined
        await rollouts.change((now) => {
          change = now
          return endOfChange(now)
        })
        await record(session, server, mark, seatsOf(change), deps)
        return true
      } catch (error) {
        last = messageOf(error)
        return undefined
      }
    })
    if (!done) throw failed(last)
  } finally {
    rollouts.stop()
    await session.close()
  }
}

async function isAlone(session: Session, { id }: EnsembleServer): Promise<void> {
  const list = await session.read(ensemblePath)
  const ids = readEnsemble(list?.data.toString() ?? '').servers.map((server) => server.id)
  if (!Bun.deepEquals(ids, [id])) throw failed(`its ensemble is of servers ${ids.join(', ')}`)
}

async function record(
  session: Session,
  server: EnsembleServer,
  { id, from, below = 0 }: Omit<RecoveryMark, 'state'>,
  seats: number[],
  { clusterPath, cluster }: AloneDeps,
): Promise<void> {
  const node = await session.read(clusterPath)
  const found = node && parseCluster(node.data, clusterPath)
  if (!found?.servers || found.id !== cluster()?.id)
    throw failed('the record of the cluster is not on this disk')
  const { adopted: _, ...known } = found
  if (found.recovered?.id === id) return
  const used = [server.id, ...found.servers.map((each) => each.id), ...seats]
  // A recovery that this disk knows nothing of was before this one.
  const nextId = Math.max(found.nextId ?? 0, ...used.map((each) => each + 1), below + 1)
  const recovered = { id, from, server: server.id, below: nextId }
  const next: Cluster = { ...known, servers: [server], nextId, recovered }
  await session.write(clusterPath, JSON.stringify(next), node?.version)
}

/** The ids of a change of controllers: some of those servers may vote already, and the record does not have them yet. */
function seatsOf(rollout: Rollout | undefined): number[] {
  if (rollout?.change.kind !== 'controllers') return []
  return progressSchema.safeParse(rollout.progress).data?.seats.map(({ server }) => server.id) ?? []
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
