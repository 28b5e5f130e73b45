import { type Clock, until } from '../../clock.ts'
import { changesBetween } from '../../config/document/changes.ts'
import { checkSettings } from '../../config/document/check.ts'
import { type Effective, effectiveConfig } from '../../config/document/effective.ts'
import { merge, type NodeFacts } from '../../config/document/layers.ts'
import type { Document } from '../../config/document/parse.ts'
import type { Config } from '../../config/schema.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { PlanInput } from '../../supervisor/program/input.ts'
import type { Packages } from '../../supervisor/provider/packages.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Memory } from '../local/memory.ts'
import type { Membership } from '../membership.ts'
import { type Action, decideActions } from './actions.ts'
import { type Setup, waitsHere, withHeld } from './hold.ts'
import type { Part } from './part.ts'
import type { Permit } from './permit.ts'

export type Planner = {
  /** By what the machine is to run now: rolling changes that nobody has let through are left out. */
  setup(): Setup
  /** The machine has been brought there. */
  applied(setup: Setup): void
  /** What it takes to be as the document says, or as another text would have it. */
  actions(text?: string): Action[]
  /** Options whose change waits, or is refused. */
  pending(): string[]
  /**
   * Lets the rolling changes through on this machine, when no other one is at it.
   * @throws MeshboxError `rollout-busy`
   */
  apply(): Promise<Action[]>
}

/** For so long one machine may keep the others waiting until its services are ready again. */
const permitMs = 300_000

/** Decides on this machine what may be changed at once, and what waits for somebody's word. */
export function openPlanner(deps: {
  /** All that a plan is made of, by some configuration. */
  inputFor: (config: Config) => PlanInput
  membership: () => Pick<Membership, 'effective' | 'document'>
  /** Reads a text as if it were written: stars stand for the secrets that there are. */
  read: (text: string) => Document
  supervisor: Pick<Supervisor, 'specs' | 'status'>
  packages: Pick<Packages, 'status'>
  /** The API and gossip live by these until the agent starts again. */
  first: Pick<Config, 'api' | 'gossip'>
  permit: Permit
  memory: Memory
  facts: NodeFacts
  /** A trial asks nobody. */
  free: boolean
  reconcile: () => void
  clock: Clock
  log: Log
}): Planner {
  const { inputFor, membership, read, supervisor, packages, permit, memory, facts, free, clock, log } = deps
  const { api, gossip } = deps.first
  let before = recalled()
  /** The version of the document whose rolling changes were let through. */
  let allowed: number | undefined

  /** What the programs ran by when the agent was here last. */
  function recalled(): Setup | undefined {
    const settings = memory.recall('setup')
    if (!settings) return undefined
    const checked = checkSettings(settings)
    if (checked.kind === 'valid') return { settings, config: checked.config }
    log.warn({ faults: checked.faults }, 'this version cannot read by what the programs run')
    return undefined
  }

  const wanted = () => setupOf(membership().effective())
  const isAllowed = () => free || (allowed !== undefined && allowed === membership().document()?.version)

  function setup(): Setup {
    if (!before) return wanted()
    const running = supervisor.specs().map(({ name }) => name)
    // Right after a start nothing is taken over yet, and all that ran may still run.
    const runs = (part: Part) => running.length === 0 || running.some((name) => name === part)
    return withHeld(wanted(), before, (path) => waitsHere(path, isAllowed(), runs))
  }

  function actions(text?: string): Action[] {
    const { config } = text === undefined ? membership().effective() : effectiveConfig(read(text), facts)
    const now = { config: { ...(before?.config ?? config), api, gossip }, services: supervisor.specs() }
    return decideActions(inputFor(config), now, free)
  }

  const isSettled = () =>
    !actions().some(({ waits }) => waits) &&
    packages.status().every(({ state }) => state !== 'installing' && state !== 'waiting') &&
    supervisor.status().every(({ state }) => state === 'ready')

  /** Others may go on when all that runs here is ready again. */
  async function release(): Promise<void> {
    const settled = await until(clock, { everyMs: 500, timeoutMs: permitMs }, () => isSettled() || undefined)
    if (!settled) log.error({ services: supervisor.status() }, 'not ready again after a rolling change')
    await permit.giveBack()
  }

  return {
    setup,
    pending: () => changesBetween(setup().config, wanted().config).map(({ path }) => path.join('.')),
    applied(done) {
      // What a machine runs by before it has seen the document was nobody's word.
      if (!membership().document() || Bun.deepEquals(done, before, true)) return
      before = done
      memory.remember('setup', done.settings)
    },
    actions,
    async apply() {
      const waiting = actions()
      if (!waiting.some(({ waits }) => waits)) return waiting
      await permit.take()
      allowed = membership().document()?.version
      deps.reconcile()
      void release().catch((error) => log.error({ error: messageOf(error) }, 'cannot end a rolling change'))
      return waiting
    },
  }
}

function setupOf({ config, layers }: Effective): Setup {
  return { settings: merge(layers), config }
}
