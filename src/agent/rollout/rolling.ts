import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import type { Log } from '../../log.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Masters } from '../masters.ts'
import type { Membership } from '../membership.ts'
import type { Node } from '../nodes/node.ts'
import type { Planner } from '../plan/planner.ts'
import { openAdvancer } from './advance.ts'
import type { Finding } from './alive.ts'
import type { Busy } from './busy.ts'
import { speak } from './moves.ts'
import { type Facts, isFor, next } from './next.ts'
import { observe } from './observe.ts'
import { hindrance, type Seen } from './order.ts'
import type { Rollout } from './rollout.ts'
import { soundBefore } from './sound.ts'
import { type RolloutReport, type RolloutStatus, reportOf, statusOf } from './status.ts'
import { openSteering, type Steer } from './steer.ts'
import { openStepper } from './step.ts'
import type { Rollouts } from './store.ts'
import { documentFor, lacksIn, machinesIn } from './view.ts'

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
  /** This machine leaves the cluster: nobody is to wait for its word. */
  leave(): Promise<void>
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
  history,
  digestOf,
  config,
  planner,
  nodes,
  supervisor,
  masters,
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
  membership: Pick<Membership, 'document' | 'latest' | 'newest' | 'read' | 'cluster' | 'programs'>
  /** The last versions of the document, newest first. */
  history: () => Promise<{ version: number; text: string }[]>
  /** What stands for what a version says of programs; undefined for one that is not valid. */
  digestOf: (text: string) => string | undefined
  config: () => Config
  planner: Pick<Planner, 'waits' | 'trial' | 'begin' | 'failure'>
  /** What all machines say of themselves. */
  nodes: () => Promise<Map<string, Node>>
  /** Machines have come into touch with ZooKeeper, or are not any more. */
  onNodes: (see: () => void) => () => void
  /** This machine. */
  isController: () => boolean
  supervisor: Pick<Supervisor, 'status'>
  /** How masters are spoken to. */
  masters: Pick<Masters, 'master'>
  busy: () => Busy | undefined
  /** Resolves once the others can read what this machine says of itself now. */
  say: () => Promise<void>
  isConnected: () => boolean
  /** By gossip. */
  isAlive: Finding['isAlive']
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
    const digest = membership.programs()
    if (!applied || applied.version !== newest?.version || digest === undefined) return undefined
    return { version: applied.version, digest }
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
    // Until it is said that the word is late.
    if (rollout?.permit) return rollout.why === undefined ? activeMs : undefined
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
    const servers = membership.cluster()?.servers
    const answers =
      how === 'asked'
        ? await observe(fromHere(all), servers, masters, config().marathon.http_credentials, clock)
        : undefined
    const machines = machinesIn(all, answers)
    const lacks = answers ? lacksIn(all, servers, answers) : []
    const seen = documentFor(document(), membership.latest(), machines, rollouts.seen())
    return { document: seen, limits: limits(), machines, lacks }
  }

  /** Behind NAT this machine may not reach its own programs where the others do. */
  function fromHere(all: Map<string, Node>): Map<string, Node> {
    const own = all.get(node)
    return own ? new Map(all).set(node, { ...own, services: supervisor.status() }) : all
  }

  /** Only where another change is about to begin. */
  async function wayBackFrom(now: Facts['document']): Promise<Pick<Facts, 'sound'>> {
    const rollout = rollouts.seen()
    if (!now || (rollout && isFor(rollout.change, now))) return {}
    const sound = soundBefore(now.version, rollout?.sound, await history(), digestOf)
    return sound ? { sound } : {}
  }

  const advancer = openAdvancer({
    rollouts,
    async facts(how) {
      if (!isConnected() || rollouts.problem() !== undefined || !takesPart()) return undefined
      const seen = await view(how)
      behind = seen.machines.some((machine) => machine.digest !== seen.document?.digest)
      const turn = turnOf(seen.machines, node)
      if (turn < 0) return undefined
      return { turn, seen: how === 'asked' ? { ...seen, ...(await wayBackFrom(seen.document)) } : seen }
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

  const said = openSteering({ rollouts, document, nodes, isConnected, isAlive })

  return {
    look,
    status,
    problem: rollouts.problem,
    async report() {
      const seen = isConnected() ? await view('asked').catch(() => undefined) : undefined
      const rollout = rollouts.seen()
      const decided = seen && next(rollout, { ...seen, waitedMs: 0 })
      const waits = stepper.waits() ?? (decided?.kind === 'wait' ? decided.for : undefined)
      return reportOf(rollout, waits, seen, rollouts.problem())
    },
    async steer(steer) {
      const written = await said(steer)
      log.info(steer, 'the rollout by somebody’s word')
      advancer.look()
      return statusOf(written, undefined)
    },
    async leave() {
      const word = { kind: 'skipped', reason: 'it has left the cluster' } as const
      const mine = (now: Rollout) => now.change.kind === 'document' && speak(now, now.step, node, word)
      if (isConnected()) await rollouts.change((now) => (now && mine(now)) || undefined)
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
