import { type Clock, until } from '../../clock.ts'
import { type Cluster, type EnsembleServer, parseCluster } from '../../config/document/cluster.ts'
import { ensemblePath, readEnsemble } from '../../config/zookeeper/ensemble.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { messageOf } from '../../error.ts'
import type { RecoveryMark } from '../local/memory.ts'
import { isOver, type Rollout } from '../rollout/rollout.ts'
import type { Rollouts } from '../rollout/store.ts'
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
  mark: Pick<RecoveryMark, 'id' | 'from'>,
  deps: AloneDeps,
): Promise<void> {
  const session = deps.sessionTo(server)
  const rollouts = deps.rolloutsAt(session)
  let last = ''
  try {
    const done = await until(deps.clock, { everyMs: pollMs, timeoutMs: servesMs }, async () => {
      try {
        await isAlone(session, server)
        await rollouts.change(endOfChange)
        await record(session, server, mark, deps)
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
  { id, from }: Pick<RecoveryMark, 'id' | 'from'>,
  { clusterPath, cluster }: AloneDeps,
): Promise<void> {
  const node = await session.read(clusterPath)
  const found = node && parseCluster(node.data, clusterPath)
  if (!found?.servers || found.id !== cluster()?.id)
    throw failed('the record of the cluster is not on this disk')
  const { adopted: _, ...known } = found
  const nextId = Math.max(found.nextId ?? 0, ...found.servers.map(({ id }) => id + 1))
  const recovered = { id, from, server: server.id, below: nextId }
  const next: Cluster = { ...known, servers: [server], nextId, recovered }
  if (!Bun.deepEquals(next, found)) await session.write(clusterPath, JSON.stringify(next), node?.version)
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
