import type { Clock } from '../../clock.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Place } from '../place.ts'
import { abort, claim, finish, grant, lostDisk, resume, speak } from '../rollout/moves.ts'
import { isOpenFor, isOver, type Rollout, type Word } from '../rollout/rollout.ts'
import type { Rollouts } from '../rollout/store.ts'
import { type Progress, progressSchema, type Seat, taskSchema } from './change.ts'
import { done, nextStep } from './next.ts'
import { comeBack, goBack } from './setbacks.ts'
import type { Outcome, Tasks } from './tasks.ts'

/** This machine's part in a change of controllers: it does its own steps, and lets others do theirs. */
export type Driver = {
  /** Something may have changed. */
  look(): void
  stop(): Promise<void>
}

export type DriverDeps = {
  /** The id of this machine, its name, and where it is. */
  node: string
  name: string
  address: string
  rollouts: Rollouts
  tasks: Tasks
  place: Place
  cluster: () => Cluster | undefined
  /** Whether this agent has met its cluster since it began. */
  met: () => boolean
  connected: () => boolean
  /** host of the leading master. */
  leader: () => string | undefined
  /** This machine is something else than before: plans again. */
  changed: () => void
  random: () => number
  clock: Clock
  log: Log
}

const retryMs = 2000
/** What was written shows itself a moment later. */
const againMs = 100
/** Who decides what is next waits so long at most, so that not all of them write at the same moment. */
const turnMs = 400

export function openDriver(deps: DriverDeps): Driver {
  const { node, name, address, rollouts, tasks, place, clock, log, random } = deps
  let stopped = false
  /** Whether the znode of rollouts has been seen, if there is one. */
  let known = false
  let cancelLook = () => {}
  /** Set while something is done. */
  let working: Promise<void> | undefined

  const changeOf = (rollout: Rollout | undefined) =>
    rollout?.change.kind === 'controllers' && !isOver(rollout) ? rollout : undefined

  function look(): void {
    if (stopped || working || !deps.connected() || !deps.met()) return
    const work = workFor(rollouts.seen())
    if (!work) return
    // What it changes makes this machine look again.
    working = Promise.resolve()
      .then(work)
      .then(
        () => againMs,
        (error) => {
          log.warn({ error: messageOf(error) }, 'a change of controllers')
          return retryMs
        },
      )
      .then((ms) => {
        working = undefined
        later(ms)
      })
  }

  function later(ms: number): void {
    cancelLook()
    if (!stopped) cancelLook = clock.after(ms, look)
  }

  function workFor(seen: Rollout | undefined): (() => Promise<void>) | undefined {
    const rollout = changeOf(seen)
    if (!rollout) return toSettle()
    if (lostSeat(readProgress(rollout))) return takeSeat
    if (isOpenFor(rollout, node)) return () => act(rollout)
    if (rollout.permit || rollout.paused || rollout.state !== 'running') return undefined
    const { seats } = readProgress(rollout)
    return seats.some((seat) => seat.node === node && !seat.gone) ? decide : undefined
  }

  /** The place that this machine had before its disk was lost. */
  function lostSeat({ seats }: Progress): Seat | undefined {
    const ensemble = place.ensemble()
    const isOwn = (seat: Seat) =>
      ensemble.kind === 'managed'
        ? seat.server.host === ensemble.address
        : seat.server.host === address && seat.name === name
    return seats.find((seat) => isOwn(seat) && seat.node !== node && !seat.gone)
  }

  /** It goes on as the machine that was there. A step in which the disk was lost has failed. */
  async function takeSeat(): Promise<void> {
    place.awaitTurn()
    deps.changed()
    const taken = await rollouts.change((now) => {
      const rollout = changeOf(now)
      const progress = rollout && readProgress(rollout)
      const seat = progress && lostSeat(progress)
      if (!seat) return undefined
      const own = { node, name, serves: place.ensemble().kind === 'managed' }
      const back = comeBack(progress, seat.server.id, own)
      const spoken = speak(rollout, rollout.step, seat.node, { kind: 'failed', reason: lostDisk })
      if (!spoken) return { ...rollout, progress: plain(back) }
      const task = taskSchema.parse(rollout.permit?.task)
      return failed({ ...spoken, progress: plain(back) }, back, task, new Error(lostDisk))
    })
    if (taken) log.warn({}, 'this machine takes the place that it had before its disk was lost')
  }

  /** Does what its permit is for, and says so. */
  async function act(seen: Rollout): Promise<void> {
    const step = seen.permit?.step ?? 0
    const claimed = await rollouts.change((now) => now && claim(now, step, node))
    if (!claimed) return
    const progress = readProgress(claimed)
    const task = taskSchema.parse(claimed.permit?.task)
    const { change } = claimed
    log.info({ task, step }, 'a step of a change of controllers')
    const said = await tasks(
      task,
      { change: change.kind === 'controllers' ? change.id : '', step },
      progress,
    ).then(
      (outcome) => ({ outcome }),
      (error) => ({ error }),
    )
    log.info({ task, step, ...('error' in said ? { error: messageOf(said.error) } : {}) }, 'the word')
    await rollouts.change((now) => now && wordOn(now, step, said))
  }

  function wordOn(
    now: Rollout,
    step: number,
    said: { outcome: Outcome } | { error: unknown },
  ): Rollout | undefined {
    const task = taskSchema.parse(now.permit?.task)
    const word: Word =
      'error' in said
        ? { kind: 'failed', reason: messageOf(said.error) }
        : { kind: said.outcome === 'skipped' ? 'skipped' : 'done' }
    const spoken = speak(now, step, node, word)
    if (!spoken) return undefined
    const progress = readProgress(now)
    if ('error' in said) return failed(spoken, progress, task, said.error)
    if (said.outcome === 'skipped') return spoken
    return { ...spoken, progress: plain(done({ ...progress, ...said.outcome }, { node, task })) }
  }

  /** Before anybody votes by the new list nothing is lost by going back; later it is an operator's to decide. */
  function failed(spoken: Rollout, progress: Progress, task: string, error: unknown): Rollout {
    if (error instanceof MeshboxError && error.code === 'registry-changed') {
      const { registry: _, ...rest } = progress
      return { ...spoken, progress: plain(rest) }
    }
    if (task !== 'zookeeper' || progress.back !== undefined) return spoken
    const back = goBack(progress, spoken.why ?? messageOf(error))
    return { ...resume(spoken), progress: plain(back) }
  }

  async function decide(): Promise<void> {
    await clock.sleep(random() * turnMs)
    await rollouts.change((now) => {
      const rollout = changeOf(now)
      if (!rollout || rollout.permit || rollout.paused || rollout.state !== 'running') return undefined
      const progress = readProgress(rollout)
      const leader = progress.seats.find(({ server }) => server.host === deps.leader())?.node
      const step = nextStep(progress, leader)
      if (step) return grant(rollout, [{ id: step.node, name: step.name }], step.task)
      return progress.back === undefined ? finish(rollout) : { ...abort(rollout), why: progress.back }
    })
  }

  /** With no change under way every machine is as the record of the cluster says. */
  async function settle(): Promise<void> {
    const cluster = deps.cluster()
    if (!cluster?.servers) return
    // What this machine has seen last may be older than that record.
    let now: Rollout | undefined
    await rollouts.change((read) => {
      now = read
      return undefined
    })
    if (changeOf(now)) return
    const { servers } = cluster
    if (place.isUnlisted(cluster)) {
      log.warn({}, 'this machine is no controller any more')
      place.retire(servers)
    } else place.follow(servers, false)
    deps.changed()
  }

  /** Undefined when all is as it should be. When the programs of a worker start anew by it is for the rollout to say. */
  function toSettle(): (() => Promise<void>) | undefined {
    const cluster = deps.cluster()
    if (!cluster?.servers || !known) return undefined
    return place.keeps(cluster.servers) && !place.isUnlisted(cluster) ? undefined : settle
  }

  const unsee = rollouts.onChange(() => {
    known = true
    look()
  })
  return {
    look,
    async stop() {
      stopped = true
      unsee()
      cancelLook()
      await working
    },
  }
}

function readProgress({ progress }: Rollout): Progress {
  return progressSchema.parse(progress)
}

/** As JSON has it. */
export function plain(progress: Progress): Rollout['progress'] {
  return JSON.parse(JSON.stringify(progress))
}
