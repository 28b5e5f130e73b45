import { join } from 'node:path'
import { type Clock, until } from '../../clock.ts'
import type { EnsembleServer } from '../../config/document/cluster.ts'
import type { Server } from '../../config/zookeeper/url.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { copiesOf, makeAlone } from '../../supervisor/ensemble/alone.ts'
import type { Member } from '../gossip/gossip.ts'
import type { RecoveryMark } from '../local/memory.ts'
import type { AskPeer } from '../peer/ask.ts'
import type { Place } from '../place.ts'
import type { Planner } from '../plan/planner.ts'
import type { Rollouts } from '../rollout/store.ts'
import { type AloneDeps, serveAlone } from './alone.ts'
import { heldBy, openAsking } from './asking.ts'
import { quorumOf } from './change.ts'
import {
  type DiskReply,
  type DiskRow,
  type Disks,
  type diskRequestSchema,
  openDisks,
  refused,
} from './disks.ts'
import { openPromises, ownServer, type PromiseDeps } from './promise.ts'

/** How a recovery of this life of the agent is going, or went. */
export type RecoveryReport = {
  state: 'none' | 'running' | 'done' | 'failed'
  /** What is being done. */
  doing?: string
  /** `name:folder` of each copy. */
  kept: string[]
  /** Controllers that were not reached: nobody knows what their disks hold, and no copy was made. */
  unreached: string[]
  failure?: { message: string; hint?: string }
}

/** What a recovery from one disk keeps from running here. */
export type Kept = {
  programs: ReturnType<Place['halted']>
  /** The controller whose disk was chosen; which answers, and does not stand by it, where it is `forgotten`. */
  from: string
  forgotten: boolean
  /** It is over, and this machine is no controller by it. */
  leftOut: boolean
}

export type Recovery = {
  /** What each disk holds. */
  look(): Promise<DiskRow[]>
  /** What this machine's disk holds, and its promise. @throws MeshboxError when it is of another cluster, or not given */
  tell(request: (typeof diskRequestSchema)['_output']): Promise<DiskReply>
  /**
   * Has an ensemble made of this machine's disk alone, and copies of all disks that can be reached before; what is under way
   * goes on. @param gone what stands in the way of it, and does not answer, is off for good
   */
  begin(gone: boolean): void
  report(): RecoveryReport
  keeps(): Kept | undefined
  /** Whether this machine is at it, and no change of controllers is its concern. */
  isUnderWay(): boolean
  stop(): void
}

export type RecoveryDeps = PromiseDeps &
  AloneDeps & {
    members: () => Member[]
    ask: AskPeer
    planner: Pick<Planner, 'move'>
    rollouts: Pick<Rollouts, 'seen'>
    /** Where this machine's ZooKeeper takes clients, when not on all addresses. */
    listen: () => string | undefined
    dataDir: string
    /** Whether the master there leads, with its registry. */
    masterLeads: (master: Server) => Promise<boolean>
  }

const servesMs = 60_000
/** An election, and until the registry is read. */
const leadsMs = 120_000
const pollMs = 500

/**
 * The order in which one disk becomes an ensemble. Each step can be done again, by the same command, after the agent was killed
 * in the middle of it.
 * 1. This machine remembers that it asks, and stops its own ZooKeeper. An agent that begins anew asks no more: withdrawn.
 * 2. All other controllers that are reached promise (promise.ts), and have their disks copied. Whoever refuses ends it.
 * 3. Once more, for who was away may be back: then it is remembered that this disk becomes the ensemble. There is no way back.
 * 4. Its ZooKeeper runs alone; by its own word it is the only one of its ensemble.
 * 5. Through a session to that one server the record of the cluster says so, on the version that was read.
 */
export function openRecovery(given: RecoveryDeps): Recovery {
  const ending = new AbortController()
  // Nothing that it waits for goes on when the agent has ended: the same command does, in the next one.
  const clock: Clock = {
    ...given.clock,
    sleep: (ms, signal = ending.signal) => given.clock.sleep(ms, signal),
  }
  const deps = { ...given, clock }
  const { place, session, planner, log } = deps
  const home = join(deps.dataDir, 'zookeeper')
  const disks: Disks = openDisks(deps)
  const promises = openPromises(disks, given)
  const ask = openAsking(disks, deps)
  let report: RecoveryReport = { state: 'none', kept: [], unreached: [] }

  function doing(what: string): void {
    ending.signal.throwIfAborted()
    report = { ...report, doing: what }
    log.warn({ what }, 'the controllers are recovered from this disk')
  }

  async function run(gone: boolean): Promise<void> {
    const server = ownServer(place)
    if (!server)
      throw refused(
        'this machine is no controller',
        '`meshbox controllers recover` shows those that there are',
      )
    const { disk } = await disks.own()
    if (!disk) throw refused('the disk of this machine holds nothing')
    // Its master makes a folder for its log, whatever there is in it.
    const hasRegistry = disk.registry !== false
    const before = place.recovery()
    // It was killed, or failed, on its way.
    const again = before?.state === 'alone' ? before : undefined
    const name = disks.memberAt(server.host)?.name ?? server.host
    const mark: RecoveryMark = again ?? {
      ...{ id: crypto.randomUUID(), state: 'asks', from: { name, address: server.host } },
      ...(before?.below === undefined ? {} : { below: before.below }),
    }
    if (again) place.recover(again)
    else await promises.ask(mark, gone, check)
    try {
      doing('stops its ZooKeeper')
      await promises.halt()
      doing('asks the other controllers, and has the disks copied')
      // Once it has served alone it holds more, of which nobody needs a copy.
      const own = await disks.own(!again)
      await ask(mark, gone)
      const asked = await ask(mark, gone)
      const all = [{ name, disk: own.disk }, ...asked.flatMap(heldBy)]
      if (!again) refuseMajority(all)
      report = {
        ...report,
        kept: [
          ...(again ? copiesOf(home).map((copy) => `${name}:${copy}`) : []),
          ...all.flatMap(({ name, disk }) => (disk?.kept ? [`${name}:${disk.kept}`] : [])),
        ],
        unreached: asked.flatMap(({ kind, name }) => (kind === 'silent' ? [name] : [])),
      }
      if (session.state() === 'connected') throw refused('ZooKeeper serves: nothing is lost')
      ending.signal.throwIfAborted()
      place.recover({ ...mark, state: 'alone' })
    } catch (error) {
      // The next agent withdraws what this one has left.
      if (!again && !ending.signal.aborted) promises.free(mark.id, { ...mark, state: 'withdrawn' })
      throw error
    }
    await becomeAlone({ ...mark, state: 'alone' }, server, hasRegistry)
  }

  /** What can be said before anything is touched. */
  async function check(): Promise<void> {
    if (session.state() === 'connected') throw refused('ZooKeeper serves: nothing is lost')
    doing('looks at the disks')
    const rows = await disks.look()
    // By the operator's word the promise of this machine need not be kept; any other ZooKeeper that is kept by one helps nobody.
    const bound = place.recovery()
    const helps = ({ alive, recovery }: DiskRow) =>
      alive && (recovery?.state !== 'promised' || recovery.id === bound?.id)
    try {
      refuseMajority(rows.map((row) => (helps(row) ? row : { name: row.name })))
    } catch (error) {
      if (bound?.state === 'promised') promises.free(bound.id)
      throw error
    }
  }

  function refuseMajority(rows: Pick<DiskRow, 'name' | 'disk'>[]): void {
    const holding = rows.flatMap(({ name, disk }) => (disk ? [name] : []))
    if (holding.length < quorumOf(deps.cluster()?.servers ?? [])) return
    throw refused(
      `${holding.join(', ')} are a majority, and hold data`,
      'have their ZooKeepers run: `meshbox status` there tells what keeps them from it',
    )
  }

  async function becomeAlone(
    mark: RecoveryMark,
    server: EnsembleServer,
    hasRegistry: boolean,
  ): Promise<void> {
    doing('starts its ZooKeeper, alone')
    makeAlone(join(home, 'conf'), server, deps.listen())
    place.recover(mark, true)
    deps.changed()
    await wanted('zookeeper')
    await serveAlone(server, mark, deps).catch((error) => {
      throw refused(
        `ZooKeeper does not serve alone: ${messageOf(error)}`,
        `the same command goes on; its data as it was is beside it, in ${home}.kept-…; \`meshbox logs zookeeper\` tells more`,
      )
    })
    doing('has its programs follow')
    place.follow([server], false)
    session.useServers([{ host: server.host, port: server.clientPort }])
    // What is tried without a session is judged as something that has cost this machine its ZooKeeper.
    const seen = await until(clock, { everyMs: pollMs, timeoutMs: servesMs }, () =>
      session.state() === 'connected' && Bun.deepEquals(deps.cluster()?.servers, [server]) ? true : undefined,
    )
    if (!seen)
      throw refused(
        'the ensemble is made, and this agent does not find it',
        'the same command goes on; `meshbox status` tells what keeps it from it',
      )
    const trial = planner.move(deps.rollouts.seen()?.step ?? 0)
    place.recover({ ...mark, state: 'done' })
    deps.changed()
    await until(clock, { everyMs: pollMs, timeoutMs: servesMs }, () => trial.isApplied() || undefined)
    trial.keep()
    await wanted('mesos-master')
    doing('waits for its master to lead')
    await leads(server, hasRegistry)
  }

  /** @throws MeshboxError where none does */
  async function leads({ host }: EnsembleServer, hasRegistry: boolean): Promise<void> {
    const { port, log_auto_initialize: begins } = deps.config().mesos.master
    // Without a log it does not come to lead, however long it is waited for.
    const timeoutMs = hasRegistry || begins ? leadsMs : 0
    const isLed = async () => (await deps.masterLeads({ host, port })) || undefined
    if (await until(clock, { everyMs: pollMs, timeoutMs }, isLed)) return
    throw refused(
      `the ensemble is made, and no mesos-master leads${hasRegistry ? '' : ": this disk has no masters' log"}`,
      hasRegistry
        ? '`meshbox logs mesos-master` tells more'
        : "with the `replicated_log` of another controller's disk in its place, or by an empty registry one does: `meshbox config set mesos.master.log_auto_initialize=true`",
    )
  }

  /** It may have been stopped by hand before. */
  async function wanted(name: string): Promise<void> {
    const there = await until(clock, { everyMs: pollMs, timeoutMs: servesMs }, () =>
      deps.supervisor.status().find((each) => each.name === name),
    )
    if (there?.byHand) await deps.supervisor.start([name])
  }

  return {
    look: disks.look,
    async tell({ cluster, promise }) {
      if (cluster !== deps.cluster()?.id)
        throw new MeshboxError({
          code: 'recover-stranger',
          message: 'cannot tell of the disk: it is of another cluster',
        })
      if (promise && !deps.cluster()?.servers?.some(({ host }) => host === promise.from.address))
        throw refused(`${promise.from.address} is no controller`)
      if (promise) return promises.give(promise)
      const recovery = place.recovery()
      const { recovered, servers } = deps.cluster() ?? {}
      return {
        ...(await disks.own()),
        ...(recovery ? { recovery } : {}),
        ...(recovered ? { recovered } : {}),
        ...(servers ? { servers } : {}),
        serves: session.state() === 'connected',
      }
    },
    begin(gone) {
      if (report.state === 'running') return
      report = { state: 'running', kept: [], unreached: [] }
      void run(gone).then(
        () => {
          report = { ...report, state: 'done' }
        },
        (error) => {
          const { hint } = error instanceof MeshboxError ? error : {}
          const message = messageOf(error)
          log.error({ error: message }, 'the controllers are not recovered')
          report = { ...report, state: 'failed', failure: { message, ...(hint ? { hint } : {}) } }
        },
      )
    },
    report: () => report,
    keeps() {
      const [programs, mark] = [place.halted(), place.recovery()]
      if (!mark || programs.length === 0) return undefined
      const [forgotten, leftOut] = [promises.isForgotten(), promises.isLeftOut()]
      return { programs, from: mark.from.name, forgotten, leftOut }
    },
    isUnderWay: () => ['asks', 'alone'].includes(place.recovery()?.state ?? ''),
    stop() {
      ending.abort(refused('the agent of this machine ends'))
      promises.stop()
    },
  }
}
