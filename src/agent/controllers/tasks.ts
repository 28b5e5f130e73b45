import type { Clock } from '../../clock.ts'
import type { EnsembleServer } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { type Masters, standing } from '../masters.ts'
import type { Place } from '../place.ts'
import type { Planner } from '../plan/planner.ts'
import { askServer } from '../rollout/observe.ts'
import { type Progress, quorumOf, type Seat, type Task } from './change.ts'
import { setAside } from './former-life.ts'
import { leading, type Note, takeNote } from './note.ts'
import { checkPlace, reconfigureTo, recordOf, recordServers, serversOf } from './reconfigure.ts'
import { readRegistry, readWritten } from './registry.ts'
import { failed, mastersMs, waitFor } from './wait.ts'

export type TaskDeps = {
  /** The id of this machine. */
  node: string
  place: Place
  session: Session
  clusterPath: string
  supervisor: Pick<Supervisor, 'status' | 'restart'>
  planner: Pick<Planner, 'move'>
  /** Why a service is not there yet. */
  held: () => { name: string; reason: string }[]
  /** This machine is something else than before: plans again. */
  changed: () => void
  config: () => Config
  dataDir: string
  masters: Masters
  /** Whether that is the process of a ZooKeeper as it was found when it was adopted. */
  isFound: (pid: number) => boolean
  clock: Clock
  log: Log
}

/** What the word of a machine adds to the progress. `skipped`: somebody else's turn. */
export type Outcome = Partial<Pick<Progress, 'registry'>> | 'skipped'

/** What this machine does with its permit; each task may be done again after half of it was done. */
export type Tasks = (task: Task, under: Under, progress: Progress) => Promise<Outcome>

/** By which change, and which permit of it. */
type Under = { change: string; step: number }

/** Under which permit, whether its replica may vote empty, and the change that needs one which is listed no more. */
type Following = { step: number; begins: boolean; change?: string }

const otherMs = 2000
/** A server that waited for others may take half a minute until it asks again; a package may have to be fetched. */
const ensembleMs = 180_000
const stopMs = 60_000
/** What was seen longer ago says nothing of now. */
const freshMs = 5000
const mostLooks = 20

export function openTasks(deps: TaskDeps): Tasks {
  const { node, place, supervisor, masters, clock, log } = deps

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

  /** Whoever sleeps while he looks, looks once more. */
  async function lookedAtNow(look: () => Promise<void>): Promise<void> {
    for (let looks = mostLooks; looks > 0; looks--) {
      const since = clock.monotonic()
      await look()
      if (clock.monotonic() - since < freshMs) return
    }
    throw failed(`the others do not answer within ${freshMs / 1000} s`)
  }

  /** Before one master stops, all others have to be there: with one missing already it could be one too many. */
  async function othersVote({ seats }: Progress): Promise<void> {
    for (const seat of seats.filter((each) => each.node !== node && each.master === 'runs'))
      await waitFor(
        clock,
        `the masters need the replica of ${seat.name} now, and it does not vote`,
        stopMs,
        async () =>
          (await standing(masters, masterAt(seat))).votes ? undefined : 'it is learning what the others have',
      )
  }

  /** Before a server stops, all others have to take clients: with one missing already there may be no majority. */
  async function othersServe({ seats }: Progress): Promise<void> {
    for (const seat of seats.filter((each) => each.node !== node && each.zookeeper === 'votes' && !each.gone))
      await waitFor(clock, `the ensemble needs the ZooKeeper of ${seat.name} now`, stopMs, async () =>
        (await askServer(seat.server, clock)).serves ? undefined : 'it takes no client',
      )
  }

  /**
   * By which id this machine's master leads, by its own word; undefined where another one does as well, or it leads no more.
   * Whoever is told to lead by the names that DNS knows may have been the leader some seconds ago.
   */
  async function leadsAlone(progress: Progress): Promise<string | undefined> {
    const own = seatOf(progress)
    const others = progress.seats.filter(({ node: each, master }) => each !== node && master === 'runs')
    const lead = others.map((seat) => standing(masters, masterAt(seat)).then(({ leads }) => leads))
    // Of one that does not answer now it is not known.
    if ((await Promise.all(lead).catch(() => [true])).includes(true)) return undefined
    const { by } = await readRegistry({ ...masters, leader: () => masterAt(own) }).catch(() => ({
      by: undefined,
    }))
    return by
  }

  async function skipped(): Promise<Outcome> {
    await clock.sleep(otherMs)
    return 'skipped'
  }

  const perform: Record<Task, (progress: Progress, under: Under) => Promise<Outcome>> = {
    async renew(progress) {
      const pid = serviceOf('zookeeper')?.pid
      if (pid !== undefined && deps.isFound(pid)) {
        await lookedAtNow(() => othersServe(progress))
        await supervisor.restart(['zookeeper'])
      }
      await waitFor(clock, 'its ZooKeeper does not serve', ensembleMs, () => unready('zookeeper'))
      return {}
    },

    async zookeeper(progress, { change }) {
      // Killed in between, it may know of the change and not yet of its place.
      if (place.joining() !== change || !place.birth()) {
        const cluster = await recordOf(deps)
        checkPlace(seatOf(progress).server, cluster.servers, seatOf(progress).name)
        // That it ends what it was may have been taken back in the middle.
        if (place.birth()) await retire(cluster.servers)
        const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-')
        for (const moved of setAside(deps.dataDir, deps.config(), stamp))
          log.info(moved, 'what another life has left is set aside')
        place.joinEnsemble(change, cluster, seatOf(progress).server)
      }
      deps.changed()
      await waitFor(clock, 'its ZooKeeper does not follow the others', ensembleMs, () => unready('zookeeper'))
      return {}
    },

    async reconfigure(progress) {
      await reconfigureTo(progress, deps, async (server) => (await askServer(server, clock)).serves)
      await recordServers(progress, deps)
      return {}
    },

    async note() {
      return { registry: await leading(deps) }
    },

    async stop(progress) {
      const only = progress.seats.filter(({ master }) => master === 'runs').length === 1
      if (!only) await lookedAtNow(() => othersVote(progress))
      return holding(progress, async (note) => {
        place.stopMaster()
        deps.changed()
        await waitFor(clock, 'its mesos-master does not stop', stopMs, () => running(['mesos-master']))
        return notedIn(note)
      })
    },

    relearn(progress, { step, change }) {
      const { server, again, list } = seatOf(progress)
      const leaves = !progress.wanted.includes(server.id)
      const by = { ...progress, wanted: again ? list : progress.former }
      return takePart(by, { step, begins: again === 'begin', ...(leaves ? { change } : {}) })
    },
    follow: (progress, { step }) => takePart(progress, { step, begins: false }),
    begin: (progress, { step }) => takePart(progress, { step, begins: true }),

    async prove(progress) {
      const own = masterAt(seatOf(progress))
      await waitFor(clock, 'no master leads', mastersMs, async () =>
        masters.leader() ? undefined : 'none is elected',
      )
      // Whoever chose this machine will know better in a moment.
      if (masters.leader() !== own) return skipped()
      return holding(progress, async (note) => {
        let before: string | undefined
        await lookedAtNow(async () => {
          await othersVote(progress)
          before = await leadsAlone(progress)
        })
        if (before === undefined) return skipped()
        await supervisor.restart(['mesos-master'])
        await waitFor(clock, 'no master is elected anew', mastersMs, async () =>
          (await readWritten(masters)).by === before ? 'the one before still leads' : undefined,
        )
        return note.back()
      })
    },

    async retire(progress) {
      await retire(serversOf(progress))
      return {}
    },
  }

  async function retire(servers: EnsembleServer[]): Promise<void> {
    place.retire(servers)
    deps.changed()
    await waitFor(clock, 'its programs do not stop', stopMs, () =>
      running(['marathon', 'mesos-master', 'zookeeper']),
    )
  }

  /** Does what touches masters, and knows what their registry is to hold after it. */
  async function holding(progress: Progress, touch: (note: Note) => Promise<Outcome>): Promise<Outcome> {
    const note = await takeNote(progress.registry, deps)
    try {
      return await touch(note)
    } finally {
      note.end()
    }
  }

  /** With what people wrote until the end of a step. */
  function notedIn(note: Note): Outcome {
    const registry = note.registry()
    return registry ? { registry } : {}
  }

  /** Whoever knows nothing yet, and could not learn, is no replica that the others have to reckon with. */
  async function takePart(progress: Progress, how: Following): Promise<Outcome> {
    try {
      return await follow(progress, how)
    } catch (error) {
      if (seatOf(progress).master === 'none') {
        place.awaitTurn()
        deps.changed()
        await waitFor(clock, 'its mesos-master does not stop', stopMs, () => running(['mesos-master']))
      }
      throw error
    }
  }

  async function follow(progress: Progress, { step, begins, change }: Following): Promise<Outcome> {
    const { seats, wanted } = progress
    const own = seatOf(progress)
    const voters = seats.filter(({ master }) => master === 'runs')
    const isAlone = new Set([...voters.map((seat) => seat.node), node]).size < quorumOf(wanted)
    if (own.master === 'runs') await lookedAtNow(() => othersVote(progress))
    return holding(progress, async (note) => {
      place.follow(serversOf(progress), begins, change)
      const trial = deps.planner.move(step)
      deps.changed()
      await waitFor(clock, 'it cannot be planned', stopMs, async () =>
        trial.isApplied() ? undefined : 'the plan',
      )
      trial.keep()
      await waitFor(clock, 'its mesos-master does not vote', mastersMs, async () =>
        (await standing(masters, masterAt(own))).votes ? undefined : 'its replica does not vote yet',
      )
      // The first of two cannot lead before the second is there.
      if (isAlone) return {}
      await note.back()
      const programs = [
        'mesos-master',
        ...(place.worker() ? ['mesos-agent' as const] : []),
        'marathon',
      ] as const
      for (const name of programs)
        await waitFor(clock, `${name} is not ready`, mastersMs, () => unready(name))
      return notedIn(note)
    })
  }

  return (task, under, progress) => perform[task](progress, under)
}
