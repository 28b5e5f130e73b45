import { type Clock, until } from '../../clock.ts'
import { type Cluster, type EnsembleServer, parseCluster } from '../../config/document/cluster.ts'
import { ensemblePath, readEnsemble } from '../../config/zookeeper/ensemble.ts'
import { reconfigure } from '../../config/zookeeper/reconfig/send.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Place } from '../place.ts'
import type { Progress } from './change.ts'
import { failed } from './wait.ts'

type Deps = { session: Session; clusterPath: string; place: Place; clock: Clock }

/** Whether a server takes clients, which one without a vote does once it has all that the others have. */
type Serves = (server: EnsembleServer) => Promise<boolean>

/** A server that waited for others may take half a minute until it asks again. */
const patienceMs = 180_000
const retryMs = 1000
/** What may be otherwise a moment later. */
const passing = new Set([
  ...['ensemble-unsynced', 'ensemble-busy', 'ensemble-version'],
  ...['zk-connection-loss', 'zk-bad-version'],
])

/** The servers that are wanted, by their ids. */
export const serversOf = ({ seats, wanted }: Progress) =>
  seats
    .filter(({ server }) => wanted.includes(server.id))
    .map(({ server }) => server)
    .toSorted((a, b) => a.id - b.id)

/**
 * Nothing is asked for but the change of the very list that is there; what is done already is not done again. ZooKeeper itself
 * looks for a majority of the new list that is in step, so that each new one is looked at before.
 */
export async function reconfigureTo({ seats, wanted }: Progress, deps: Deps, serves: Serves): Promise<void> {
  const { session, place } = deps
  const own = place.birth()
  const ensemble = place.ensemble()
  if (!own || ensemble.kind !== 'managed') throw failed('this machine runs no ZooKeeper of the ensemble')
  await patiently(deps, async () => {
    // The list itself may have names where the record has addresses.
    const { cluster } = await readRecord(deps)
    for (const { server, name } of seats) checkPlace(server, cluster.servers, name)
    const node = await session.read(ensemblePath)
    if (!node) return undefined
    const { version, servers } = readEnsemble(node.data.toString())
    const present = servers.map(({ id }) => id)
    const joining = seats.filter(({ server: { id } }) => wanted.includes(id) && !present.includes(id))
    const leaving = present.filter((id) => !wanted.includes(id))
    if (joining.length === 0 && leaving.length === 0) return true
    const stranger = leaving.find((id) => !seats.some(({ server }) => server.id === id))
    if (stranger !== undefined) throw failed(`server ${stranger} votes, and nobody knows of it`)
    for (const { server, name } of joining) if (!(await serves(server))) throw unsynced(name)
    const change = { joining: joining.map(({ server }) => server), leaving, version }
    await reconfigure({ host: ensemble.address, port: own.clientPort }, place.password(), change)
    return undefined // what stands there is read again, whatever the answer was
  })
}

/**
 * Ids are never used again: where another machine has this one, or this machine another one, the change was made on a list that
 * is there no more.
 */
export function checkPlace(
  own: Pick<EnsembleServer, 'id' | 'host'>,
  servers: Pick<EnsembleServer, 'id' | 'host'>[],
  name: string,
): void {
  const other = servers.find(({ id, host }) => (id === own.id) !== (host === own.host))
  if (other) throw failed(`${name} was to be server ${own.id}, and server ${other.id} is at ${other.host}`)
}

const unsynced = (name: string) =>
  new MeshboxError({
    code: 'ensemble-unsynced',
    message: `the ZooKeeper of ${name} takes no client: it may not have all data yet`,
  })

/** The record of the cluster. */
export async function recordOf(deps: Deps): Promise<Cluster & { servers: EnsembleServer[] }> {
  const { cluster } = await patiently(deps, () => readRecord(deps))
  return cluster
}

/** The record of the cluster says what ZooKeeper has decided. */
export async function recordServers(progress: Progress, deps: Deps): Promise<void> {
  await patiently(deps, async () => {
    const { cluster, version } = await readRecord(deps)
    const nextId = Math.max(cluster.nextId ?? 0, ...progress.seats.map(({ server }) => server.id + 1))
    // All that vote have been started by meshbox now.
    const { adopted: _, ...known } = cluster
    const next: Cluster = { ...known, servers: serversOf(progress), nextId }
    if (!Bun.deepEquals(next, cluster))
      await deps.session.write(deps.clusterPath, JSON.stringify(next), version)
    return true
  })
}

async function readRecord({ session, clusterPath }: Deps) {
  const node = await session.read(clusterPath)
  const cluster = node && parseCluster(node.data, clusterPath)
  if (!cluster?.servers) throw failed('ZooKeeper has no record of the cluster')
  return { cluster: { ...cluster, servers: cluster.servers }, version: node?.version ?? 0 }
}

/**
 * Until it gives something. Who slept, or was cut off, finds its connection gone, and that is no failure of the step.
 * @throws MeshboxError with the last reason, after three minutes of them; at once for any that does not pass by itself
 */
async function patiently<T>({ clock }: Deps, act: () => Promise<T | undefined>): Promise<T> {
  let last = 'ZooKeeper has not taken it'
  const done = await until(clock, { everyMs: retryMs, timeoutMs: patienceMs }, async () => {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof MeshboxError) || !passing.has(error.code)) throw error
      last = messageOf(error)
      return undefined
    }
  })
  if (done === undefined) throw failed(last)
  return done
}
