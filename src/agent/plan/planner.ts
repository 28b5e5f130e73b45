import { changesBetween } from '../../config/document/changes.ts'
import { checkSettings } from '../../config/document/check.ts'
import { type Effective, effectiveConfig } from '../../config/document/effective.ts'
import { merge, type NodeFacts } from '../../config/document/layers.ts'
import type { Document } from '../../config/document/parse.ts'
import type { Config } from '../../config/schema.ts'
import type { Log } from '../../log.ts'
import { planServices } from '../../supervisor/plan.ts'
import type { PlanInput } from '../../supervisor/program/input.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Memory } from '../local/memory.ts'
import type { Membership } from '../membership.ts'
import { type Action, concernsPrograms, decideActions } from './actions.ts'
import { type Gate, type Setup, withHeld } from './hold.ts'
import type { Part } from './part.ts'

export type Planner = {
  /** By what the machine is to run now: changes that need a permit are left out. */
  setup(): Setup
  /** The machine has been brought there. */
  applied(setup: Setup): void
  /** Whether it was ever brought to what a document says: what would start before that started by nobody's word. */
  knows(): boolean
  /** What it takes to be as the document says, or as another text would have it. */
  actions(text?: string): Action[]
  /** Options whose change waits, or is refused, and what starts anew here once this machine has its permit. */
  outlook(): { pending: string[]; waits: Part[] }
  /** What starts anew here once this machine has its permit, in the order in which it has to. */
  waits(): Part[]
  /**
   * Tries what waits, as it is wanted at this moment, until it is kept or taken back; a new agent goes on with it.
   * Undefined: nothing is tried.
   */
  trial(): Trial | undefined
  begin(step: number, excused?: string[]): Trial
  /** What was taken back, until it is forgotten: a new agent has to tell of it still. */
  failure(): Failure | undefined
  /** The same with nothing but the list of controllers: options that wait go on waiting. */
  move(step: number): Trial
}

/** What runs on approval: if it does no good, it is as it was before. */
export type Trial = {
  /** Of the permit that it is under. */
  step: number
  /** Programs that did not run before, and are no fault of it; undefined: whoever tries it judges it by other things. */
  excused?: string[] | undefined
  /** Whether the machine has been brought there; once it is taken back, whether it has been brought back. */
  isApplied(): boolean
  keep(): void
  takeBack(why: string): void
}

export type Failure = Pick<Trial, 'step' | 'excused' | 'isApplied'> & { why: string; forget(): void }

type Allowed = Omit<Gate, 'runs'>

/** Decides on this machine what may be changed at once, and what waits for a permit. */
export function openPlanner(deps: {
  /** All that a plan is made of, by some setup. */
  inputFor: (setup: Pick<Setup, 'config' | 'servers'>) => PlanInput
  membership: () => Pick<Membership, 'effective' | 'isWritten' | 'cluster'>
  /** Reads a text as if it were written: stars stand for the secrets that there are. */
  read: (text: string) => Document
  supervisor: Pick<Supervisor, 'specs'>
  /** The ports of the API and of gossip stay these until the agent starts again. */
  first: Pick<Config, 'api' | 'gossip'>
  memory: Memory
  facts: () => NodeFacts
  /** What a step has stopped for a while: it comes back as it was. */
  rests: () => Part[]
  /** A trial asks nobody. */
  free: boolean
  log: Log
}): Planner {
  const { inputFor, membership, read, supervisor, memory, facts, rests, free, log } = deps
  const { api, gossip } = deps.first
  /** By what the programs ran when they were last known to do so for good. */
  let last = readable(memory.recall('runs'))
  const kept = readable(memory.recall('tried'))
  let tried = kept?.failed === undefined ? kept : undefined
  let failed = kept?.failed === undefined ? undefined : { ...permitOf(kept), why: kept.failed }
  let isApplied = false
  /** Until a start has brought the machine anywhere, not all may be taken over, and all that ran may still run. */
  let isBrought = false
  /** An apply that was under way when a trial began, or ended, says nothing of it. */
  const underTrial = new WeakSet<Setup>()
  const byDocument = new WeakSet<Setup>()
  /** What is remembered as running was applied by a document once; what was tried may not have been. */
  let knows = last !== undefined

  function readable<T extends Pick<Setup, 'settings'>>(kept: T | undefined): (T & Setup) | undefined {
    if (!kept) return undefined
    const checked = checkSettings(kept.settings)
    if (checked.kind === 'valid') return { ...kept, config: checked.config }
    log.warn({ faults: checked.faults }, 'this version cannot read by what the programs run')
    return undefined
  }

  // What cannot be written down, as on a full disk, is not so.
  function runBy(setup: Setup): void {
    memory.remember('runs', withoutConfig(setup))
    last = setup
  }

  function tryOut(setup: Setup & Permitted): void {
    memory.remember('tried', withoutConfig(setup))
    tried = setup
    failed = undefined
  }

  const wanted = () => setupOf(membership().effective(), membership().cluster()?.servers)

  function setup(waiting = waits()): Setup {
    const before = tried ?? last
    // What disturbs nothing that runs needs no permit; before anything was planned, or in the middle of a step, nobody knows.
    const between = tried !== undefined || rests().length > 0
    const harmless = supervisor.specs().length > 0 && waiting.length === 0 && !between
    const made = before ? held(before, { allowed: free || harmless }) : wanted()
    if (tried) underTrial.add(made)
    if (membership().isWritten()) byDocument.add(made)
    return made
  }

  /** What is wanted, less what has to wait. */
  function held(before: Setup, gate: Allowed): Setup {
    const running = [...supervisor.specs().map(({ name }) => name), ...rests()]
    // Right after a start all that ran may still run; what is tried may be on its way.
    const all = !isBrought || supervisor.specs().length === 0 || tried !== undefined || gate.moves === true
    const runs = (part: Part) => all || running.some((name) => name === part)
    return withHeld(wanted(), before, { ...gate, runs })
  }

  /** By what the machine is, and by what it is to be. */
  function difference(text?: string) {
    const { config } = text === undefined ? membership().effective() : effectiveConfig(read(text), facts())
    const before = tried ?? last
    const { servers } = wanted()
    // What of the API is live counts already.
    const live = { api: { ...membership().effective().config.api, port: api.port }, gossip }
    return {
      before,
      wanted: { config, ...(servers ? { servers } : {}) },
      now: {
        config: { ...(before?.config ?? config), ...live },
        moved: before?.servers !== undefined && !Bun.deepEquals(before.servers, servers),
      },
    }
  }

  function actions(text?: string): Action[] {
    const { before, wanted, now } = difference(text)
    const running = supervisor.specs()
    // What failed here may run still: what counts is what should.
    const should = before ? planServices(inputFor(before)).services : running
    const services = isBrought
      ? should.filter(({ name }) => running.some((spec) => spec.name === name))
      : should
    return decideActions(inputFor(wanted), { ...now, services }, free)
  }

  /** Asked at every look at this machine, so that no plan is made where nothing can wait. */
  function waits(): Part[] {
    const { wanted, now } = difference()
    if (free || !(now.moved || concernsPrograms(now.config, wanted.config))) return []
    return actions().flatMap(({ waits, part }) => (waits ? [part] : []))
  }

  function trialOf({ step, excused }: Permitted): Trial {
    return {
      ...{ step, excused },
      isApplied: () => isApplied,
      keep() {
        if (tried) runBy(withoutPermit(tried))
        tried = undefined
        memory.forget('tried')
      },
      takeBack(why) {
        const before = tried
        tried = undefined
        isApplied = false
        if (!before) return
        failed = { ...permitOf(before), why }
        memory.remember('tried', { ...withoutConfig(before), failed: why })
      },
    }
  }

  function failure(): Failure | undefined {
    const forget = () => {
      memory.forget('tried')
      failed = undefined
    }
    return failed && { ...failed, isApplied: () => isApplied, forget }
  }

  function begin(permit: Permitted, gate: Allowed): Trial {
    tryOut({ ...(last ? held(last, gate) : wanted()), ...permit })
    isApplied = false
    return trialOf(permit)
  }

  return {
    setup: () => setup(),
    outlook() {
      const waiting = waits()
      const pending = changesBetween(setup(waiting).config, wanted().config)
      return { pending: pending.map(({ path }) => path.join('.')), waits: waiting }
    },
    applied(done) {
      isBrought = true
      if (!byDocument.has(done)) return
      knows = true
      if (underTrial.has(done) !== (tried !== undefined)) return
      isApplied = true
      if (tried) {
        const now = { ...done, ...permitOf(tried) }
        if (!Bun.deepEquals(now, tried, true)) tryOut(now)
      } else if (!Bun.deepEquals(done, last, true)) runBy(done)
    },
    knows: () => knows,
    actions,
    waits,
    trial: () => tried && trialOf(tried),
    failure,
    begin: (step, excused) => begin(permitOf({ step, excused }), { allowed: true }),
    move: (step) => begin({ step }, { allowed: false, moves: true }),
  }
}

function setupOf({ config, layers }: Effective, servers: Setup['servers']): Setup {
  return { settings: merge(layers), config, ...(servers ? { servers } : {}) }
}

type Permitted = Pick<Trial, 'step' | 'excused'>

function permitOf({ step, excused }: Permitted): Permitted {
  return { step, ...(excused ? { excused } : {}) }
}

function withoutPermit({ step: _, excused: __, ...setup }: Setup & Permitted): Setup {
  return setup
}

/** The defaults are filled in again when it is read. */
function withoutConfig<T extends Setup>({ config: _, ...kept }: T): Omit<T, 'config'> {
  return kept
}
