import { type Clock, until } from '../../clock.ts'
import type { Cluster, EnsembleServer } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import { ensemblePath, readEnsemble } from '../../config/zookeeper/ensemble.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Server } from '../../config/zookeeper/url.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Member } from '../gossip/gossip.ts'
import type { RecoveryMark } from '../local/memory.ts'
import type { Place } from '../place.ts'
import { type DiskReply, type Disks, type PromiseRequest, refused } from './disks.ts'
import { isLeftOut, tellersOf } from './left-out.ts'

/**
 * What a controller promises when the disk of another one is to become the ensemble: to run no ZooKeeper and no master until it
 * sees that ensemble, which does not list it, and is a worker; or until that machine says that it will not be. It promises
 * one at a time, so that of two recoveries that ask it one alone goes on, and nothing while ZooKeeper serves.
 */
export type Promises = {
  /** Gives the promise, and a copy of the disk is made. @throws MeshboxError when it is not given; then all is as it was */
  give(promise: PromiseRequest): Promise<DiskReply>
  /**
   * Waits until ZooKeeper and mesos-master run here no more, as what is remembered of the recovery wants it.
   * @throws MeshboxError when they do, or others serve all the same
   */
  halt(): Promise<void>
  /**
   * Remembers that this machine asks the others, where it is free to, and `check` passes: no promise is given meanwhile.
   * @throws MeshboxError when it is not, or what `check` throws; then all is as it was
   */
  ask(mark: RecoveryMark, gone: boolean, check: () => Promise<void>): Promise<void>
  /** Whether the machine that it has promised answers, and does not stand by it: it has a new disk, or was left aside since. */
  isForgotten(): boolean
  /** Whether that recovery is over, and others tell that this machine is no controller by it. */
  isLeftOut(): boolean
  /** Is bound by that recovery no more, if it was, and all runs as before. */
  free(id: string, mark?: RecoveryMark): void
  stop(): void
}

export type PromiseDeps = {
  place: Place
  session: Session
  /** As this machine has seen it last. */
  cluster: () => Cluster | undefined
  supervisor: Pick<Supervisor, 'status' | 'start'>
  /** Whether something takes connections there. */
  listens: (server: Server) => Promise<boolean>
  config: () => Pick<Config, 'zookeeper' | 'mesos'>
  /** This machine is something else than before: plans again. */
  changed: () => void
  clock: Clock
  log: Log
}

const haltMs = 60_000
/** Until a session has noticed that its server is gone. */
const awayMs = 10_000
const pollMs = 250
const watchMs = 2000
/** Who answers reads its disk; and where the controllers are by then changes seldom. */
const looksBetween = 15
/** So many say enough of what all of them see. */
const mostAsked = 20

const standing: RecoveryMark['state'][] = ['promised', 'asks', 'alone']
const stands = (mark: RecoveryMark | undefined) => mark !== undefined && standing.includes(mark.state)

export function openPromises(disks: Disks, deps: PromiseDeps): Promises {
  const { place, session, clock, log } = deps
  let stopped = false
  /** The promise by which nobody stands, by the last word of the machine that asked for it. */
  let forgotten: string | undefined
  let asked = 0
  let looks = 0
  let last: Promise<unknown> = Promise.resolve()
  let cancelWatch = watch()

  /** What judges by the mark and then writes it: one at a time, for whoever comes between would have judged by another one. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = last.then(run)
    last = turn.catch(() => {})
    return turn
  }

  async function halt(): Promise<void> {
    deps.changed()
    const own = ownServer(place)
    const { port } = deps.config().mesos.master
    const ends = own ? [clientSide(own), { host: own.host, port }] : []
    const halted = await until(clock, { everyMs: pollMs, timeoutMs: haltMs }, async () => {
      if (deps.supervisor.status().some(({ name }) => name === 'zookeeper' || name === 'mesos-master'))
        return undefined
      // An agent that has begun a moment ago may not have found yet what runs.
      return (await Promise.all(ends.map((end) => deps.listens(end)))).includes(true) ? undefined : true
    })
    if (!halted) throw refused('its ZooKeeper and its mesos-master do not stop')
    const away = await until(clock, { everyMs: pollMs, timeoutMs: awayMs }, () =>
      session.state() === 'connected' ? undefined : true,
    )
    if (!away) throw refused('ZooKeeper serves: nothing is lost')
  }

  function free(id: string, mark?: RecoveryMark): void {
    if (place.recovery()?.id !== id) return
    log.warn({ recovery: place.recovery() }, 'its ZooKeeper may run again: no disk becomes the ensemble')
    try {
      place.recover(mark)
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'cannot write down that no disk becomes the ensemble')
    }
    deps.changed()
  }

  /** Whether this machine is free to take part in another recovery. @throws MeshboxError when it is not */
  async function mayLeave(gone: boolean): Promise<void> {
    const mark = place.recovery()
    if (mark && stands(mark)) await mayBreak(mark, gone)
    const all = tellers()
    if (all.length === 0) return
    // It may serve out of this machine's sight, whatever became of the one that was chosen.
    const told = await Promise.all(all.slice(0, mostAsked).map((each) => disks.ask(each).catch(() => {})))
    if (told.some((each) => each?.serves))
      throw refused('they were recovered without this machine, and ZooKeeper serves others: nothing is lost')
    if (!gone)
      throw refused(
        'they were recovered without this machine, and may serve somewhere by now',
        'see to it that all controllers that there are since are off for good, then say so: --gone',
      )
  }

  async function mayBreak(mark: RecoveryMark, gone: boolean): Promise<void> {
    const { name } = mark.from
    if (mark.state !== 'promised')
      throw refused(
        `they are being recovered from ${name} already`,
        `meshbox controllers recover --from ${name}`,
      )
    const told = await toldBy(mark.from)
    if (!told && !gone)
      throw refused(
        `the disk of ${name} was chosen before and may be the ensemble by now, and ${name} does not answer`,
        'see to it that it is off for good, then say so: --gone',
      )
    const theirs = told?.recovery
    if (theirs?.id === mark.id && theirs.state !== 'withdrawn')
      throw refused(
        `they are being recovered from ${name} already`,
        `meshbox controllers recover --from ${name}`,
      )
  }

  /** What it says of its own part in a recovery. Undefined: it does not answer, or gossip has not found it yet. */
  async function toldBy({ address }: RecoveryMark['from']): Promise<DiskReply | undefined> {
    const member = disks.memberAt(address)
    return (
      member &&
      disks.ask(member).catch((error) => {
        // With a new disk it has no part in any.
        return error instanceof MeshboxError && error.code === 'recover-stranger' ? {} : undefined
      })
    )
  }

  async function give({ id, from, gone }: PromiseRequest): Promise<DiskReply> {
    // Whoever runs no ZooKeeper has nothing to promise.
    if (place.ensemble().kind !== 'managed') return {}
    if (place.recovery()?.id !== id) {
      await mayLeave(gone)
      if (session.state() === 'connected') throw refused('ZooKeeper serves: nothing is lost')
      const told = await toldBy(from)
      if (!told) throw unheard(from.name)
      const theirs = told.recovery
      if (theirs?.id !== id || !(theirs.state === 'asks' || theirs.state === 'alone'))
        throw refused(`${from.name} does not ask for it`)
    }
    const before = place.recovery()
    const mark: RecoveryMark = { id, from, state: 'promised' }
    if (!Bun.deepEquals(before, mark)) place.recover(mark)
    try {
      await halt()
      return { ...(await disks.own(true)), recovery: mark }
    } catch (error) {
      if (before?.id !== id) free(id)
      throw error
    }
  }

  function watch(): () => void {
    return clock.after(watchMs, () => {
      void inTurn(look)
        .catch((error) => log.debug({ error: messageOf(error) }, 'whether a promise still stands'))
        .then(() => {
          if (!stopped) cancelWatch = watch()
        })
    })
  }

  /** Who tells that this server is of the ensemble no more: with others that were not reached then it would make the old one. */
  const tellers = (own = ownServer(place)?.id) =>
    own === undefined ? [] : tellersOf(own, disks.members(), deps.cluster())

  /** By one of them, another one each time: of many a one may not be reached from here. */
  async function bindLeftOut(own: number, all: Member[]): Promise<void> {
    forgotten = undefined
    looks += 1
    const before = place.recovery()
    const isBound = before?.state === 'promised' && before.below !== undefined
    if (isBound && looks % looksBetween !== 1) return
    asked += 1
    const teller = all[asked % all.length]
    const told = teller && (await disks.ask(teller))
    const out = told?.recovered
    // It may have seen so itself meanwhile, and be a worker.
    if (!out || ownServer(place)?.id !== own || !isLeftOut(own, out, deps.cluster()?.recovered)) return
    // Its controllers may have become others since.
    const { servers } = told
    if (servers && session.state() !== 'connected') session.useServers(servers.map(clientSide))
    const { id, from, below } = out
    const mark = place.recovery()
    // Of two that were made apart it is left out by both.
    if (mark?.state === 'promised' && (mark.below ?? 0) >= below) return
    log.error({ recovery: out }, 'its ZooKeeper is of the ensemble no more: it was recovered without it')
    place.recover({ id, from, state: 'promised', below })
    deps.changed()
  }

  /** One that was withdrawn binds nobody; nor does one that nobody stands by, where the old ensemble serves after all. */
  async function look(): Promise<void> {
    const mark = place.recovery()
    const own = ownServer(place)?.id
    const out = mark?.state === 'asks' || mark?.state === 'alone' ? [] : tellers(own)
    if (own !== undefined && out.length > 0) return bindLeftOut(own, out)
    if (mark?.state !== 'promised') return
    if (place.ensemble().kind !== 'managed') return free(mark.id)
    const told = await toldBy(mark.from)
    const isStill = told?.recovery?.id === mark.id
    forgotten = told && !isStill ? mark.id : undefined
    const isOver = isStill
      ? told.recovery?.state === 'withdrawn'
      : session.state() === 'connected' && (await isVoter())
    if (isOver) free(mark.id)
  }

  /** The disk that was chosen lists nobody else. */
  async function isVoter(): Promise<boolean> {
    const node = await session.read(ensemblePath)
    const own = ownServer(place)?.id
    return (
      node !== undefined &&
      readEnsemble(node.data.toString()).servers.some(({ id, votes }) => id === own && votes)
    )
  }

  return {
    give: (promise) => inTurn(() => give(promise)),
    ask: (mark, gone, check) =>
      inTurn(async () => {
        if (place.recovery()?.state !== 'asks') await mayLeave(gone)
        await check()
        place.recover(mark)
      }),
    halt,
    isForgotten() {
      const mark = place.recovery()
      return mark?.state === 'promised' && mark.id === forgotten
    },
    isLeftOut: () => place.recovery()?.state === 'promised' && tellers().length > 0,
    free,
    stop() {
      stopped = true
      cancelWatch()
    },
  }
}

const unheard = (name: string) =>
  new MeshboxError({
    code: 'recover-unheard',
    message: `cannot recover the controllers: ${name} is not found from here`,
  })

export function ownServer(place: Pick<Place, 'ensemble'>): EnsembleServer | undefined {
  const ensemble = place.ensemble()
  return ensemble.kind === 'managed'
    ? ensemble.cluster.servers.find(({ host }) => host === ensemble.address)
    : undefined
}

/** Where it takes clients. */
export const clientSide = ({ host, clientPort: port }: EnsembleServer): Server => ({ host, port })
