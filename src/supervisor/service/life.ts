import { type Backoff, backoffMs } from '../../clock.ts'
import type { ServiceState } from './spec.ts'

/** The life of one service as plain data; times are monotonic milliseconds. */
export type Life = {
  state: ServiceState
  reason?: string
  hint?: string
  /** Ends in a row without a healthy spell between them: the exponent of the back-off. */
  attempt: number
  /** All restarts since the agent started. */
  restarts: number
  readySince?: number
  /** Probes in a row that found a ready program wanting. */
  misses?: number
  /** What follows when the stop is done. */
  afterwards?: 'rest' | 'start'
}

export type LifeEvent =
  /** Which of the services it needs is not ready, if any. */
  | { kind: 'needs'; missing: string | undefined }
  | { kind: 'started' }
  | { kind: 'start-failed'; reason: string; hint?: string }
  | { kind: 'probed'; problem: string | undefined }
  | { kind: 'exited'; reason: string; hint?: string }
  /** The wait of a back-off is over. */
  | { kind: 'woken' }
  | { kind: 'stop'; running: boolean; afterwards: 'rest' | 'start' }
  /** What was told to stop goes on all the same. */
  | { kind: 'stop-failed'; reason: string; hint?: string }

export type LifeAction = { kind: 'start' } | { kind: 'wake'; afterMs: number }

export type LifeFacts = { restart: Backoff & { healthyMs: number }; now: number; random: () => number }

export const newborn: Life = { state: 'waiting', attempt: 0, restarts: 0 }

/** One slow answer is no illness. */
const missesToDegrade = 3
/** So many ends in a row are a crash loop, and called so. */
const endsToLoop = 3

/**
 * What happens to a service next. A program that ends by itself is started again after a wait that doubles from end to
 * end and starts over after a healthy spell; one that loses its readiness is degraded, not killed.
 */
export function step(life: Life, event: LifeEvent, facts: LifeFacts): { life: Life; action?: LifeAction } {
  const { attempt, restarts } = life
  switch (event.kind) {
    case 'needs':
      if (life.state !== 'waiting') return { life }
      if (event.missing)
        return { life: { state: 'waiting', reason: `for ${event.missing}`, attempt, restarts } }
      return { life: { state: 'starting', attempt, restarts }, action: { kind: 'start' } }
    case 'started':
      return { life: { state: 'starting', attempt, restarts } }
    case 'start-failed':
      return backOff(life, event, facts)
    case 'probed':
      return { life: probed(life, event.problem, facts.now) }
    case 'exited':
      return life.state === 'stopping' ? { life: rested(life, life.afterwards) } : backOff(life, event, facts)
    case 'woken':
      return life.state === 'backing-off' ? { life: { state: 'waiting', attempt, restarts } } : { life }
    case 'stop':
      if (!event.running) return { life: rested(life, event.afterwards) }
      return { life: { state: 'stopping', attempt, restarts, afterwards: event.afterwards } }
    case 'stop-failed':
      return { life: { ...life, ...told(event) } }
  }
}

function rested({ restarts }: Life, afterwards: Life['afterwards']): Life {
  return { state: afterwards === 'start' ? 'waiting' : 'stopped', attempt: 0, restarts }
}

function backOff(
  life: Life,
  event: { reason: string; hint?: string },
  { restart, now, random }: LifeFacts,
): { life: Life; action: LifeAction } {
  const healthy = life.readySince !== undefined && now - life.readySince >= restart.healthyMs
  const before = healthy ? 0 : life.attempt
  const { reason, hint } = event
  const loop = before + 1 >= endsToLoop ? `crash loop (${before + 1} ends in a row): ` : ''
  return {
    life: {
      state: 'backing-off',
      ...told({ reason: loop + reason, ...(hint === undefined ? {} : { hint }) }),
      attempt: before + 1,
      restarts: life.restarts + 1,
    },
    action: { kind: 'wake', afterMs: backoffMs(before, restart, random) },
  }
}

function probed(life: Life, problem: string | undefined, now: number): Life {
  const { state, attempt, restarts, readySince } = life
  if (state !== 'starting' && state !== 'ready' && state !== 'degraded') return life
  if (problem === undefined) return { state: 'ready', attempt, restarts, readySince: readySince ?? now }
  const misses = (life.misses ?? 0) + 1
  if (state === 'ready' && misses < missesToDegrade) return { ...life, misses }
  return { state: state === 'starting' ? 'starting' : 'degraded', reason: problem, attempt, restarts }
}

function told({ reason, hint }: { reason: string; hint?: string }): Pick<Life, 'reason' | 'hint'> {
  return { reason, ...(hint === undefined ? {} : { hint }) }
}
