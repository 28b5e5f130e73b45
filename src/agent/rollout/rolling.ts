import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import { MeshboxError } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Membership } from '../membership.ts'
import type { Node } from '../nodes/node.ts'
import type { Planner } from '../plan/planner.ts'
import { openAdvancer } from './advance.ts'
import type { Busy } from './busy.ts'
import { forecast } from './forecast.ts'
import { abort, begin, finish, pause, resume, withdraw } from './moves.ts'
import { type Facts, next } from './next.ts'
import { observe } from './observe.ts'
import { hindrance, type Seen } from './order.ts'
import { isOver, type Rollout, silent } from './rollout.ts'
import { type RolloutReport, type RolloutStatus, statusOf } from './status.ts'
import { openStepper } from './step.ts'
import type { Rollouts } from './store.ts'
import { lacksIn, machinesIn } from './view.ts'

export type Steer = { word: 'pause' | 'resume' | 'abort'; without?: string }

/** This machine in the rollouts of its cluster: it takes them further, does its own step, and tells how they are. */
export type Rolling = {
  /** The document may be another one. */
  look(): void
  status(): RolloutStatus | undefined
  /** Why nobody knows. */
  problem(): string | undefined
  /** And who is still to come. */
  report(): Promise<RolloutReport>
  /** @throws MeshboxError `rollout-absent`, `rollout-machine` */
  steer(steer: Steer): Promise<RolloutStatus>
  stop(): Promise<void>
}

/** A document, or a machine, that has just come may begin a rollout, as soon as it is known what waits. */
const comingMs = 60_000
const activeMs = 1000
/** A machine that does not come to the newest document may be as it is for long. */
const behindMs = 5000

export function openRolling({
  rollouts,
  node,
  name,
  address,
  membership,
  config,
  planner,
  nodes,
  supervisor,
  onNodes,
  isController,
  busy,
  say,
  isConnected,
  isAlive,
  reconcile,
  clock,
  log,
  onChange,
}: {
  rollouts: Rollouts
  /** The id of this machine. */
  node: string
  name: string
  address: string
  membership: Pick<Membership, 'document' | 'newest' | 'read' | 'cluster'>
  config: () => Config
  planner: Pick<Planner, 'waits' | 'trial' | 'begin'>
  /** What all machines say of themselves. */
  nodes: () => Promise<Map<string, Node>>
  /** Machines have come into touch with ZooKeeper, or are not any more. */
  onNodes: (see: () => void) => () => void
  /** This machine. */
  isController: () => boolean
  supervisor: Pick<Supervisor, 'status'>
  busy: () => Busy | undefined
  /** Resolves once the others can read what this machine says of itself now. */
  say: () => Promise<void>
  isConnected: () => boolean
  /** By gossip. */
  isAlive: (node: string) => boolean
  reconcile: () => void
  clock: Clock
  log: Log
  onChange: () => void
}): Rolling {
  let version: number | undefined
  let changedAt = clock.monotonic()
  let behind = false

  /** As ZooKeeper has it, and as this machine has read it. */
  function document(): Facts['document'] {
    const [applied, newest] = [membership.document(), membership.newest()]
    if (!applied || applied.version !== newest?.version) return undefined
    return { version: newest.version, digest: newest.digest }
  }

  function limits(): Facts['limits'] {
    const { maxUnavailable, canary, stepTimeout } = config().rollout
    return { maxUnavailable, canary, wordMs: 2000 * stepTimeout }
  }

  /** Controllers take rollouts further; where none is a machine of meshbox, all do. */
  const takesPart = () => isController() || membership.cluster()?.servers === undefined

  /** While nothing is rolled out nobody looks: what may begin a rollout is heard of. */
  function everyMs(): number | undefined {
    const now = membership.document()?.version
    if (now !== version) changedAt = clock.monotonic()
    version = now
    const rollout = rollouts.seen()
    if (!isConnected()) return undefined
    if (rollout?.permit) return rollout.state === 'running' ? activeMs : undefined
    if (!takesPart()) return undefined
    const isComing = clock.monotonic() - changedAt < comingMs
    const underWay = rollout?.state === 'running' && !rollout.paused
    if (isComing || underWay || (planner.waits().length > 0 && (!rollout || rollout.state === 'done')))
      return activeMs
    return behind ? behindMs : undefined
  }

  /** By what the machines say of themselves, or with their programs asked. */
  async function view(how: 'told' | 'asked'): Promise<Omit<Facts, 'waitedMs'>> {
    // Who slept must not begin what is over: whoever has seen this rollout finds its document there.
    if (how === 'asked') await membership.read()
    const all = await nodes()
    const now = { document: document(), limits: limits() }
    if (how === 'told') return { ...now, machines: machinesIn(all), lacks: [] }
    const servers = membership.cluster()?.servers
    const answers = await observe(all, servers, clock)
    return { ...now, machines: machinesIn(all, answers), lacks: lacksIn(all, servers, answers) }
  }

  const advancer = openAdvancer({
    rollouts,
    async facts(how) {
      if (!isConnected() || rollouts.problem() !== undefined || !takesPart()) return undefined
      const seen = await view(how)
      behind = seen.machines.some((machine) => machine.version !== seen.document?.version)
      const turn = turnOf(seen.machines, node)
      return turn < 0 ? undefined : { turn, seen }
    },
    unseen: () => ({ document: document(), limits: limits() }),
    everyMs,
    clock,
    log,
    onChange,
  })
  const stepper = openStepper({
    rollouts,
    ...{ id: node, name, address },
    planner,
    isConnected,
    document,
    readDocument: membership.read,
    async hindrance(waits) {
      const { lacks } = await view('asked')
      const serves = supervisor.status().flatMap(({ name, state }) => (state === 'ready' ? [name] : []))
      return hindrance({ id: node, waits, serves }, lacks)
    },
    services: supervisor.status,
    busy,
    say,
    stepMs: () => config().rollout.stepTimeout * 1000,
    reconcile,
    clock,
    log,
    onChange,
  })

  const status = () => {
    const rollout = rollouts.seen()
    return rollout && statusOf(rollout, stepper.waits() ?? advancer.waits())
  }
  const unsee = rollouts.onChange(onChange)
  let unseeNodes: (() => void) | undefined

  /** Those who take rollouts further hear of who comes, and nobody else: each time it is the list of all. */
  function look(): void {
    if (takesPart())
      unseeNodes ??= onNodes(() => {
        changedAt = clock.monotonic()
        advancer.look()
      })
    else {
      unseeNodes?.()
      unseeNodes = undefined
    }
    advancer.look()
  }

  /** What can be paused before there ever was one. */
  function none(): Rollout | undefined {
    const now = document()
    return now && finish(begin(undefined, { kind: 'document', ...now }))
  }

  function steered(rollout: Rollout, { word, without }: Steer, offIn?: number): Rollout {
    // Half a change of controllers is nothing that anybody could live with.
    if (word === 'abort' && rollout.change.kind === 'controllers' && !isOver(rollout))
      throw new MeshboxError({
        code: 'rollout-controllers',
        message: `cannot abort a change of controllers (${rollout.change.text}) and leave it half done`,
        hint: 'take it back from where it is: `meshbox controllers undo`',
      })
    const next = { pause, resume, abort }[word](rollout)
    if (without === undefined) return next
    if (rollout.step !== offIn) throw notWaitedFor(without)
    return withdraw(next, without)
  }

  /**
   * In which step that machine is off. One that lives will give its word, and whoever lets another one change beside it
   * breaks something.
   */
  async function stepWithout(name: string): Promise<number> {
    const waited = rollouts.seen()
    const machine = waited && silent(waited).find((each) => each.name === name)
    if (!machine) throw notWaitedFor(name)
    const how = !isConnected()
      ? 'nobody knows now whether it is in touch with ZooKeeper'
      : (await nodes()).has(machine.id)
        ? 'it is in touch with ZooKeeper, and may be changing'
        : isAlive(machine.id)
          ? 'gossip finds it alive, and it may be changing'
          : undefined
    if (how !== undefined)
      throw new MeshboxError({
        code: 'rollout-machine',
        message: `cannot go on without ${name}: ${how}`,
        hint: 'turn it off first; that it is off is your word',
      })
    return waited.step
  }

  return {
    look,
    status,
    problem: rollouts.problem,
    async report() {
      const seen = isConnected() ? await view('asked').catch(() => undefined) : undefined
      const rollout = rollouts.seen()
      const decided = seen && next(rollout, { ...seen, waitedMs: 0 })
      const waits = stepper.waits() ?? (decided?.kind === 'wait' ? decided.for : undefined)
      const unseen = seen?.machines.filter(({ version }) => version !== seen.document?.version) ?? []
      return {
        ...(rollout ? { rollout: statusOf(rollout, waits) } : {}),
        ...(seen?.document ? { document: seen.document.version } : {}),
        coming: seen ? forecast(rollout, { ...seen, waitedMs: 0 }) : [],
        unseen: unseen.map(({ name }) => name),
        ...(seen ? {} : { away: true as const }),
      }
    },
    async steer(steer) {
      const offIn = steer.without === undefined ? undefined : await stepWithout(steer.without)
      const written = await rollouts.change((now) => {
        const rollout = now ?? (steer.word === 'pause' ? none() : undefined)
        return rollout && steered(rollout, steer, offIn)
      })
      if (!written)
        throw new MeshboxError({
          code: 'rollout-absent',
          message: `cannot ${steer.word} a rollout: there was none yet`,
          hint: '`meshbox plan` shows what waits on this machine',
        })
      log.info(steer, 'the rollout by somebody’s word')
      advancer.look()
      return statusOf(written, undefined)
    },
    async stop() {
      unsee()
      unseeNodes?.()
      await Promise.all([advancer.stop(), stepper.stop()])
      rollouts.stop()
    },
  }
}

/** Controllers are the first who take a rollout further; where none is a machine of meshbox, all are. */
function turnOf(machines: Seen[], own: string): number {
  const controllers = machines.filter(({ controller }) => controller)
  const able = controllers.length > 0 ? controllers : machines
  return able
    .map(({ id }) => id)
    .sort()
    .indexOf(own)
}

function notWaitedFor(name: string): MeshboxError {
  return new MeshboxError({
    code: 'rollout-machine',
    message: `cannot go on without ${name}: its word is not waited for`,
    hint: '`meshbox rollout status` shows whose is',
  })
}
