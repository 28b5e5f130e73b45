import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, until } from '../../clock.ts'
import { type Cluster, readCluster } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import { ensemblePath, readEnsemble } from '../../config/zookeeper/ensemble.ts'
import { reconfigure } from '../../config/zookeeper/reconfig/send.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Place } from '../place.ts'
import type { Planner } from '../plan/planner.ts'
import { type Progress, quorumOf, type Seat, type Task } from './change.ts'
import { lostFrom, type Masters, readRegistry, standing } from './registry.ts'

export type TaskDeps = {
  /** The id of this machine. */
  node: string
  place: Place
  session: Session
  clusterPath: string
  supervisor: Pick<Supervisor, 'status' | 'restart'>
  planner: Pick<Planner, 'begin'>
  /** Why a service is not there yet. */
  held: () => { name: string; reason: string }[]
  /** This machine is something else than before: plans again. */
  changed: () => void
  config: () => Config
  dataDir: string
  masters: Masters
  clock: Clock
  log: Log
}

/** What the word of a machine adds to the progress. `skipped`: somebody else's turn. */
export type Outcome = Partial<Pick<Progress, 'registry'>> | 'skipped'

/** What this machine does with its permit; each task may be done again after half of it was done. */
export type Tasks = (task: Task, under: Under, progress: Progress) => Promise<Outcome>

/** By which change, and which permit of it. */
type Under = { change: string; step: number }

const pollMs = 300
/** A server that waited for others may take half a minute until it asks again; a package may have to be fetched. */
const ensembleMs = 180_000
/** Two elections, and an abort after 61 s between them. */
const mastersMs = 180_000
const stopMs = 60_000
/** Agents that were just read from the registry show themselves a moment later. */
const sameMs = 20_000

export function openTasks(deps: TaskDeps): Tasks {
  const { node, place, session, supervisor, masters, clock, log } = deps

  /** Rejects with the last reason when it takes too long. */
  async function waitFor(what: string, timeoutMs: number, missing: () => Promise<string | undefined>) {
    let last = ''
    const met = await until(clock, { everyMs: pollMs, timeoutMs }, async () => {
      last = (await missing().catch(messageOf)) ?? ''
      return last === '' || undefined
    })
    if (!met) throw failed(`${what} within ${timeoutMs / 1000} s: ${last}`)
  }

  const serviceOf = (name: string) => supervisor.status().find((each) => each.name === name)

  async function unready(name: ServiceStatus['name']): Promise<string | undefined> {
    const service = serviceOf(name)
    if (service?.state === 'ready') return undefined
    const reason = service?.reason ?? deps.held().find((each) => each.name === name)?.reason
    return `${name} is ${service?.state ?? 'not there'}${reason ? ` (${reason})` : ''}`
  }

  async function running(names: ServiceStatus['name'][]): Promise<string | undefined> {
    return names.filter(serviceOf).map((name) => `${name} still runs`)[0]
  }

  const seatOf = ({ seats }: Progress): Seat => {
    const seat = seats.find((each) => each.node === node)
    if (!seat) throw failed('this machine has no part in the change')
    return seat
  }
  const masterAt = ({ server: { host } }: Seat) => {
    const { port } = deps.config().mesos.master
    return `${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** Before one master stops, all others have to be there: with one missing already it could be one too many. */
  async function othersVote({ seats }: Progress): Promise<void> {
    for (const seat of seats.filter((each) => each.node !== node && each.master === 'runs'))
      await waitFor(
        `the masters need the replica of ${seat.name} now, and it does not vote`,
        stopMs,
        async () =>
          (await standing(masters, masterAt(seat))).votes ? undefined : 'it is learning what the others have',
      )
  }

  /** A leader with its registry, and nothing lost from it. */
  async function registryBack({ registry }: Progress): Promise<void> {
    await waitFor('no master leads', mastersMs, async () => void (await readRegistry(masters)))
    if (!registry) return
    let lost: string | undefined
    const same = await until(clock, { everyMs: pollMs, timeoutMs: sameMs }, async () => {
      lost = lostFrom(registry, await readRegistry(masters))
      return lost === undefined || undefined
    })
    if (same) return
    const hint = '`meshbox rollout resume` takes the registry as it is now'
    throw new MeshboxError({
      code: 'registry-changed',
      message: lost ?? 'the registry cannot be compared',
      hint,
    })
  }

  function setAside(): void {
    const { work_dir } = deps.config().mesos.master
    const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-')
    for (const path of [
      join(deps.dataDir, 'zookeeper'),
      work_dir ?? join(deps.dataDir, 'mesos-master/work'),
    ]) {
      if (!existsSync(path)) continue
      renameSync(path, `${path}.before-${stamp}`)
      log.info({ path, to: `${path}.before-${stamp}` }, 'what another life has left is set aside')
    }
  }

  async function clusterNow(): Promise<Cluster> {
    const cluster = await patiently(clock, () => readCluster(session, deps.clusterPath))
    if (cluster?.servers) return cluster
    throw failed('ZooKeeper has no record of the cluster')
  }

  const perform: Record<Task, (progress: Progress, under: Under) => Promise<Outcome>> = {
    async zookeeper(progress, { change }) {
      if (place.joining() !== change) {
        const cluster = await clusterNow()
        setAside()
        place.joinEnsemble(change, cluster, seatOf(progress).server)
      }
      deps.changed()
      await waitFor('its ZooKeeper does not follow the others', ensembleMs, () => unready('zookeeper'))
      return {}
    },

    async reconfigure(progress) {
      await reconfigureTo(progress, place.password(), deps)
      await patiently(clock, async () => recordServers(progress, deps, await clusterNow()))
      return {}
    },

    async note(progress) {
      await waitFor('no master leads', mastersMs, async () => void (await readRegistry(masters)))
      return { registry: { ...(progress.registry ?? {}), ...(await readRegistry(masters)) } }
    },

    async stop(progress) {
      const only = progress.seats.filter(({ master }) => master === 'runs').length === 1
      if (!only) await othersVote(progress)
      // What was written since the note counts too; after this nothing is written.
      const last =
        only && serviceOf('mesos-master') ? await readRegistry(masters).catch(() => undefined) : undefined
      place.stopMaster()
      deps.changed()
      await waitFor('its mesos-master does not stop', stopMs, () => running(['mesos-master']))
      return last ? { registry: last } : {}
    },

    follow: (progress, { step }) => follow(progress, step, false),
    begin: (progress, { step }) => follow(progress, step, true),

    async prove(progress) {
      const own = masterAt(seatOf(progress))
      if (masters.leader() !== own) return 'skipped'
      await othersVote(progress)
      await supervisor.restart(['mesos-master'])
      await registryBack(progress)
      return {}
    },

    async retire(progress) {
      place.retire(serversOf(progress))
      deps.changed()
      await waitFor('its programs do not stop', stopMs, () =>
        running(['marathon', 'mesos-master', 'zookeeper']),
      )
      return {}
    },
  }

  async function follow(progress: Progress, step: number, begins: boolean): Promise<Outcome> {
    const { seats, wanted } = progress
    const own = seatOf(progress)
    const voters = seats.filter(({ master }) => master === 'runs')
    const isAlone = new Set([...voters.map((seat) => seat.node), node]).size < quorumOf(wanted)
    if (own.master === 'runs') await othersVote(progress)
    place.follow(serversOf(progress), begins)
    const trial = deps.planner.begin(step)
    deps.changed()
    await waitFor('it cannot be planned', stopMs, async () => (trial.isApplied() ? undefined : 'the plan'))
    trial.keep()
    // The first of two cannot lead before the second is there.
    await waitFor('its mesos-master does not vote', mastersMs, async () =>
      (await standing(masters, masterAt(own))).votes ? undefined : 'its replica does not vote yet',
    )
    // The first of two cannot lead before the second is there.
    if (isAlone) return {}
    await registryBack(progress)
    for (const name of ['mesos-master', 'mesos-agent', 'marathon'] as const)
      await waitFor(`${name} is not ready`, mastersMs, () => unready(name))
    return {}
  }

  return (task, under, progress) => perform[task](progress, under)
}

const serversOf = ({ seats, wanted }: Progress) =>
  seats
    .filter(({ server }) => wanted.includes(server.id))
    .map(({ server }) => server)
    .toSorted((a, b) => a.id - b.id)

/** Nothing is asked for but the change of the very list that is there; what is done already is not done again. */
async function reconfigureTo(
  { seats, wanted }: Progress,
  password: string,
  { session, place, clock }: Pick<TaskDeps, 'session' | 'place' | 'clock'>,
): Promise<void> {
  const own = place.birth()
  const ensemble = place.ensemble()
  if (!own || ensemble.kind !== 'managed') throw failed('this machine runs no ZooKeeper of the ensemble')
  let last = ''
  const done = await until(clock, { everyMs: 1000, timeoutMs: ensembleMs }, async () => {
    const node = await session.read(ensemblePath).catch(() => undefined)
    if (!node) return undefined
    const { version, servers } = readEnsemble(node.data.toString())
    const present = servers.map(({ id }) => id)
    const joining = seats.filter(({ server: { id } }) => wanted.includes(id) && !present.includes(id))
    const leaving = present.filter((id) => !wanted.includes(id))
    if (joining.length === 0 && leaving.length === 0) return true
    const stranger = leaving.find((id) => !seats.some(({ server }) => server.id === id))
    if (stranger !== undefined) throw failed(`server ${stranger} votes, and nobody knows of it`)
    const change = { joining: joining.map(({ server }) => server), leaving, version }
    const address = { host: ensemble.address, port: own.clientPort }
    await reconfigure(address, password, change).catch((error) => {
      last = messageOf(error)
      const code = error instanceof MeshboxError ? error.code : ''
      if (!passing.has(code)) throw error
    })
    return undefined // what stands there is read again, whatever the answer was
  })
  if (!done) throw failed(last)
}

/** Who slept, or was cut off, finds its connection gone: that is no failure of the step. */
async function patiently<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  const deadline = clock.monotonic() + ensembleMs
  for (;;) {
    try {
      return await act()
    } catch (error) {
      const lost = error instanceof MeshboxError && lapses.has(error.code)
      if (!lost || clock.monotonic() > deadline) throw error
      await clock.sleep(pollMs)
    }
  }
}

const lapses = new Set(['zk-connection-loss', 'zk-bad-version'])

/** What may be otherwise a moment later. */
const passing = new Set(['ensemble-unsynced', 'ensemble-busy', 'ensemble-version', 'zk-connection-loss'])

/** The record of the cluster says what ZooKeeper has decided. */
async function recordServers(
  progress: Progress,
  { session, clusterPath }: Pick<TaskDeps, 'session' | 'clusterPath'>,
  cluster: Cluster,
): Promise<void> {
  const nextId = Math.max(cluster.nextId ?? 0, ...progress.seats.map(({ server }) => server.id + 1))
  const node = await session.read(clusterPath)
  if (!node) throw failed('the record of the cluster is gone')
  const next: Cluster = { ...cluster, servers: serversOf(progress), nextId }
  if (!Bun.deepEquals(next, cluster)) await session.write(clusterPath, JSON.stringify(next), node.version)
}

function failed(why: string): MeshboxError {
  return new MeshboxError({ code: 'controllers-failed', message: why })
}
