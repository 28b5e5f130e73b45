import { type Backoff, backoffMs } from '../../clock.ts'
import type { ServiceState } from './spec.ts'

/** The life of one service as plain data; times are monotonic milliseconds. */
export type Life = {
  state: ServiceState
  reason?: string
  hint?: string
  /** What to type about the reason. */
  command?: string
  /** Of a failed one: the last lines that it wrote. */
  output?: string[]
  /** Ends in a row without a healthy spell between them: the exponent of the back-off. */
  attempt: number
  /** Those of them that were the program's own fault. */
  faults?: number
  /** All restarts since the agent started. */
  restarts: number
  readySince?: number
  /** Of one that starts. */
  startedAt?: number
  /** Probes in a row that found a ready program wanting. */
  misses?: number
  /** What follows when the stop is done. */
  afterwards?: 'rest' | 'start'
  /** It waits for something elsewhere that cannot be seen from here: until the wake, or until a need came and went. */
  paused?: boolean
}

/**
 * Whose fault an end was: the program's or its settings', something's that is missing elsewhere, or somebody's who
 * killed it.
 */
export type Blame = 'own' | 'elsewhere' | 'outside'

type Words = { reason: string; hint?: string; command?: string }

export type LifeEvent =
  /** Which of its needs is not met, if any. */
  | { kind: 'needs'; missing: string | undefined }
  | { kind: 'started' }
  | ({ kind: 'start-failed' } & Words)
  | { kind: 'probed'; problem: string | undefined }
  | ({ kind: 'exited'; blame: Blame; output: string[] } & Words)
  /** The wait of a back-off is over. */
  | { kind: 'woken' }
  | { kind: 'stop'; running: boolean; afterwards: 'rest' | 'start' }
  /** What was told to stop goes on all the same. */
  | ({ kind: 'stop-failed' } & Words)
  /** Somebody wants it to run now, whatever it rests or waits for. */
  | { kind: 'wanted' }

export type LifeAction = { kind: 'start' } | { kind: 'wake'; afterMs: number }

export type LifeFacts = {
  restart: Backoff & { healthyMs: number }
  /** So long a start may take. */
  startMs?: number | undefined
  now: number
  random: () => number
}

export const newborn: Life = { state: 'waiting', attempt: 0, restarts: 0 }

/** One slow answer is no illness. */
const missesToDegrade = 3
/** So many ends in a row are a crash loop, and called so. */
const endsToLoop = 3
/** So many by its own fault, and to start it again at once helps nobody. */
const faultsToFail = 5
/** A failed one is tried again all the same: who made room on the disk at night has not to know its name. */
const retryFailedMs = 60_000

/**
 * What happens to a service next. A program that ends by itself is started again after a wait that doubles from end to
 * end and starts over after a healthy spell; one that keeps ending by its own fault has failed; one that lacks something
 * elsewhere waits for it; one that loses its readiness, or has none when it should, is degraded, not killed.
 */
export function step(life: Life, event: LifeEvent, facts: LifeFacts): { life: Life; action?: LifeAction } {
  const { attempt, restarts } = life
  switch (event.kind) {
    case 'needs':
      return needs(life, event.missing)
    case 'started':
      return { life: { ...going(life, 'starting'), startedAt: facts.now } }
    case 'start-failed':
      return again(life, { ...event, blame: 'outside', output: [] }, facts)
    case 'probed':
      return { life: probed(life, event.problem, facts) }
    case 'exited':
      return life.state === 'stopping' ? { life: rested(life, life.afterwards) } : again(life, event, facts)
    case 'woken':
      return life.paused || life.state === 'backing-off' || life.state === 'failed'
        ? { life: going(life, 'waiting') }
        : { life }
    case 'stop':
      if (!event.running) return { life: rested(life, event.afterwards) }
      return { life: { state: 'stopping', attempt, restarts, afterwards: event.afterwards } }
    case 'stop-failed':
      return { life: { ...life, ...told(event) } }
    case 'wanted':
      return restful.has(life.state) || life.paused
        ? { life: { state: 'waiting', attempt: 0, restarts } }
        : { life }
  }
}

const restful = new Set<ServiceState>(['stopped', 'failed', 'backing-off'])

/** The same service in another state, what was told of the last one forgotten. */
function going({ attempt, faults, restarts }: Life, state: ServiceState): Life {
  return { state, attempt, ...(faults === undefined ? {} : { faults }), restarts }
}

function needs(life: Life, missing: string | undefined): { life: Life; action?: LifeAction } {
  if (life.state !== 'waiting') return { life }
  if (missing) return { life: { ...going(life, 'waiting'), reason: `for ${missing}` } }
  if (life.paused) return { life }
  return { life: going(life, 'starting'), action: { kind: 'start' } }
}

function rested({ restarts }: Life, afterwards: Life['afterwards']): Life {
  return { state: afterwards === 'start' ? 'waiting' : 'stopped', attempt: 0, restarts }
}

function again(
  life: Life,
  { blame, output, ...event }: { blame: Blame; output: string[] } & Words,
  { restart, now, random }: LifeFacts,
): { life: Life; action: LifeAction } {
  const healthy = life.readySince !== undefined && now - life.readySince >= restart.healthyMs
  const attempt = (healthy ? 0 : life.attempt) + 1
  const faults = (healthy ? 0 : (life.faults ?? 0)) + (blame === 'own' ? 1 : 0)
  const restarts = life.restarts + 1
  const words = told(event)
  const counted = { attempt, faults, restarts }
  const afterMs = backoffMs(attempt - 1, restart, random)
  if (blame === 'elsewhere')
    return {
      life: { state: 'waiting', ...words, ...counted, paused: true },
      action: { kind: 'wake', afterMs },
    }
  if (faults >= faultsToFail)
    return {
      life: { state: 'failed', ...words, ...counted, output },
      action: { kind: 'wake', afterMs: Math.max(retryFailedMs, restart.maxMs) },
    }
  const loop = attempt >= endsToLoop ? `crash loop (${attempt} ends in a row): ` : ''
  return {
    life: { state: 'backing-off', ...words, reason: loop + words.reason, ...counted },
    action: { kind: 'wake', afterMs },
  }
}

function probed(
  life: Life,
  problem: string | undefined,
  { now, startMs = Number.POSITIVE_INFINITY }: LifeFacts,
): Life {
  const { state, readySince, startedAt = now } = life
  if (state !== 'starting' && state !== 'ready' && state !== 'degraded') return life
  if (problem === undefined) return { ...going(life, 'ready'), readySince: readySince ?? now }
  if (state === 'starting') {
    if (now - startedAt < startMs) return { ...going(life, 'starting'), startedAt, reason: problem }
    return {
      ...going(life, 'degraded'),
      reason: `not ready after ${Math.round(startMs / 1000)} s: ${problem}`,
    }
  }
  const misses = (life.misses ?? 0) + 1
  if (state === 'ready' && misses < missesToDegrade) return { ...life, misses }
  return { ...going(life, 'degraded'), reason: problem }
}

function told({ reason, hint, command }: Words): Words {
  return {
    reason,
    ...(hint === undefined ? {} : { hint }),
    ...(command === undefined ? {} : { command }),
  }
}
