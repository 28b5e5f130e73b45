import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Part } from '../plan/part.ts'
import type { Failure, Planner, Trial } from '../plan/planner.ts'
import type { Busy } from './busy.ts'
import { judge } from './judge.ts'
import { claim, inherit, speak, textOf } from './moves.ts'
import { isFor } from './next.ts'
import { answerMs } from './observe.ts'
import { type Change, isOpenFor, type Rollout, type Word, whyNoneBegins } from './rollout.ts'
import type { Rollouts } from './store.ts'

const lookMs = 1000
const pollMs = 250
/** What was seen longer ago says nothing of now: the process may have slept in between. Most wait for no answer. */
const freshMs = answerMs + 2000
/** So long in a row all must be ready for it to count. */
const steadyMs = 2000

/** This machine's own part in rollouts: it changes when it has the permit, and gives its word. */
export type Stepper = {
  /** What it waits for before it acts on its permit. */
  waits(): string | undefined
  stop(): Promise<void>
}

export function openStepper({
  rollouts,
  id,
  name,
  address,
  planner,
  isConnected,
  document,
  readDocument,
  hindrance,
  services,
  busy,
  say,
  stepMs,
  reconcile,
  clock,
  log,
  onChange,
}: {
  rollouts: Rollouts
  /** This machine's. */
  id: string
  name: string
  address: string
  planner: Pick<Planner, 'waits' | 'trial' | 'begin' | 'failure'>
  /** Whether ZooKeeper answers. */
  isConnected: () => boolean
  /** Which document this machine has, and what stands for what it says of programs. */
  document: () => { version: number; digest: string } | undefined
  readDocument: () => Promise<void>
  /** Why this machine must not take these parts away now. */
  hindrance: (waits: Part[]) => Promise<string | undefined>
  services: () => ServiceStatus[]
  /** What is still on its way before a trial can be judged, or why that has failed. */
  busy: () => Busy | undefined
  /** Resolves once the others can read that nothing waits here any more. */
  say: () => Promise<void>
  /** How long a machine may take until all is ready. */
  stepMs: () => number
  reconcile: () => void
  clock: Clock
  log: Log
  onChange: () => void
}): Stepper {
  const ending = new AbortController()
  let working: Promise<void> | undefined
  let waits: string | undefined
  /** A word that may not have been taken yet. */
  let word: { step: number; said: Word } | undefined
  let cancel = () => {}
  const unsee = rollouts.onChange(look)
  look()

  function look(): void {
    if (ending.signal.aborted) return
    const rollout = rollouts.seen()
    try {
      settle(rollout)
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'cannot write down how a step has ended')
    }
    const next = workFor(rollout)
    if (working) return
    cancel()
    if (next) working = acting(next)
    // Nobody may call again: what is tried may cost it ZooKeeper a moment later.
    else if (planner.trial()) cancel = clock.after(lookMs, look)
  }

  function acting(next: () => Promise<void>): Promise<void> {
    return next()
      .catch((error) => {
        if (!ending.signal.aborted) log.warn({ error: messageOf(error) }, 'cannot act on the permit')
      })
      .finally(() => {
        working = undefined
        tell(undefined)
        if (!ending.signal.aborted) cancel = clock.after(lookMs, look)
      })
  }

  /** What has been read of its steps needs nobody's word any more. */
  function settle(rollout: Rollout | undefined): void {
    if (word && rollout && !holds(rollout, word.step)) word = undefined
    const trial = planner.trial()
    // What is tried under a permit that is this machine's no more is what runs here now.
    if (trial && rollout && rollout.step >= trial.step && !holds(rollout, trial.step)) trial.keep()
    const failed = planner.failure()
    if (failed && rollout && rollout.step >= failed.step && !holds(rollout, failed.step)) failed.forget()
  }

  function workFor(rollout: Rollout | undefined): (() => Promise<void>) | undefined {
    const trial = planner.trial()
    if (trial?.excused && !isConnected()) return () => judgeAlone(trial)
    if (rollout?.change.kind !== 'document') return undefined
    if (inherit(rollout, { id, name, address })) return giveInherited
    return isOpenFor(rollout, id) ? work : undefined
  }

  function holds(rollout: Rollout, step: number): boolean {
    return rollout.permit?.step === step && isOpenFor(rollout, id)
  }

  function tell(why: string | undefined): void {
    if (waits === why) return
    waits = why
    onChange()
  }

  async function giveInherited(): Promise<void> {
    log.warn({}, 'gives the word of the machine that was here before its disk was lost')
    await rollouts.change((now) => now && inherit(now, { id, name, address }))
  }

  /** Until the word is given. Whatever happens in between, and for how long it sleeps, the permit stays this machine's. */
  async function work(): Promise<void> {
    for (let rollout = rollouts.seen(); rollout && isOpenFor(rollout, id); rollout = rollouts.seen()) {
      const { permit, change } = rollout
      if (!permit) return
      const { step } = permit
      const said = word?.step === step ? word.said : await actOn(rollout, step)
      if (said) {
        word = { step, said }
        log.info({ change, step, ...said }, 'word')
        // Whoever reads the word reads of a machine that is done.
        await say()
        await rollouts.change((now) => now && speak(now, step, id, said))
      }
      await clock.sleep(said ? pollMs : lookMs, ending.signal)
    }
  }

  /** Where what it tries has cost it ZooKeeper, nobody can be asked: its permit is its own until its word is read. */
  async function judgeAlone(trial: Trial): Promise<void> {
    const said = await watch(trial, () => !isConnected())
    if (said) word = { step: trial.step, said }
  }

  /** Undefined: not yet. */
  async function actOn(rollout: Rollout, step: number): Promise<Word | undefined> {
    const { change } = rollout
    const trial = planner.trial()
    if (trial?.step === step) return (await claimed(step)) ? watch(trial) : undefined
    const failed = planner.failure()
    if (failed?.step === step) return goneBack(failed)
    trial?.keep()
    const parts = planner.waits()
    if (isHere(change) && parts.length === 0) return { kind: 'done' }
    const ended = whyNoneBegins(rollout)
    const meanwhile = waits === undefined ? '' : ` while it waited for ${waits}`
    if (ended !== undefined) return { kind: 'skipped', reason: `${ended}${meanwhile}` }
    if (!isHere(change)) return catchUp(change)
    const seenAt = clock.monotonic()
    const isOld = () => clock.monotonic() - seenAt > freshMs
    const why =
      (await hindrance(parts)) ?? (isOld() ? 'a look at all others that is not old already' : undefined)
    tell(why)
    if (why !== undefined || !(await claimed(step, (now) => whyNoneBegins(now) === undefined)))
      return undefined
    // Whoever slept meanwhile, or has another document by now, looks at everything once more.
    if (isOld() || !isHere(change)) return undefined
    log.info({ change, step, parts }, 'this machine changes')
    const ill = services().filter((service) => isIll(service) && !parts.some((part) => part === service.name))
    const begun = planner.begin(
      step,
      ill.map(({ name }) => name),
    )
    reconcile()
    return watch(begun)
  }

  /** Acts only if the permit is this machine's still, which a write on its present version proves. */
  async function claimed(step: number, may = (_: Rollout) => true): Promise<boolean> {
    return (
      (await rollouts.change((now) => (now && may(now) ? claim(now, step, id) : undefined))) !== undefined
    )
  }

  /** Whether this machine's document is as the permit is for. */
  function isHere(change: Change): boolean {
    return isFor(change, document())
  }

  async function catchUp(change: Change): Promise<Word | undefined> {
    const own = document()
    if (own && change.kind === 'document' && own.version > change.version)
      return { kind: 'skipped', reason: `version ${own.version} of the document has come since` }
    await readDocument()
    tell(textOf(change))
    return undefined
  }

  /**
   * Until all is ready and stays so, or it has failed; then the machine is as before.
   * @param mayJudge when it may not any more, nothing comes of it: undefined
   */
  async function watch(trial: Trial, mayJudge = () => true): Promise<Word | undefined> {
    const { excused } = trial
    const failure = await settled(trial.isApplied, excused, mayJudge)
    if (!mayJudge()) return undefined
    if (failure === undefined) {
      trial.keep()
      return { kind: 'done', ...(excused?.length ? { excused } : {}) }
    }
    log.error({ failure }, 'the change has failed here: back to what ran before')
    try {
      trial.takeBack(failure)
    } finally {
      reconcile()
    }
    return goneBack({ ...trial, why: failure })
  }

  async function goneBack({ why, excused, isApplied }: Omit<Failure, 'forget'>): Promise<Word> {
    const worse = await settled(isApplied, excused)
    const end = worse === undefined ? 'it is as before' : `it is not as before either: ${worse}`
    return { kind: 'failed', reason: `${why}; ${end}` }
  }

  /** Why not; undefined once all is ready. Polls are counted, not time: what a process sleeps is no time to get ready in. */
  async function settled(
    isApplied: () => boolean,
    excused: string[] = [],
    goesOn = () => true,
  ): Promise<string | undefined> {
    const concerned = () => services().filter(({ name }) => !excused.includes(name))
    const before = new Map(services().map(({ name, restarts }) => [name, restarts]))
    let steady = 0
    let verdict: ReturnType<typeof judge> = { kind: 'coming', why: 'nothing has happened' }
    for (let polls = Math.ceil(stepMs() / pollMs); polls > 0 && goesOn(); polls--) {
      await clock.sleep(pollMs, ending.signal)
      verdict = isApplied() ? (busy() ?? judge(concerned(), before)) : { kind: 'coming', why: 'the plan' }
      if (verdict.kind === 'failed') return verdict.why
      steady = verdict.kind === 'ready' ? steady + pollMs : 0
      if (steady >= steadyMs) return undefined
      tell(verdict.kind === 'ready' ? 'it to stay ready' : verdict.why)
    }
    return verdict.kind === 'coming' ? `not ready in time: ${verdict.why}` : 'not ready for long enough'
  }

  return {
    waits: () => waits,
    async stop() {
      ending.abort()
      unsee()
      cancel()
      await working
    },
  }
}

function isIll({ state, byHand }: ServiceStatus): boolean {
  return state !== 'ready' && !byHand
}
