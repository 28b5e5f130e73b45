import { type Backoff, backoffMs } from '../../clock.ts'
import type { ServiceState } from './spec.ts'

/** The life of one service as plain data; times are monotonic milliseconds. */
export type Life = {
  state: ServiceState
  reason?: string
  /** Restarts in a row without a healthy spell between them: the exponent of the back-off. */
  attempt: number
  /** All restarts since the agent started. */
  restarts: number
  readySince?: number
}

export type LifeEvent =
  /** Which of the services it needs is not ready, if any. */
  | { kind: 'needs'; missing: string | undefined }
  | { kind: 'started' }
  | { kind: 'start-failed'; reason: string }
  | { kind: 'probed'; problem: string | undefined }
  | { kind: 'exited'; how: string }
  /** The wait of a back-off is over. */
  | { kind: 'woken' }
  | { kind: 'stopping' }
  | { kind: 'stopped' }

export type LifeAction = { kind: 'start' } | { kind: 'wake'; afterMs: number }

export const newborn: Life = { state: 'waiting', attempt: 0, restarts: 0 }

/**
 * What happens to a service next. A program that ends by itself is started again after a wait that doubles from
 * failure to failure and starts over after a healthy spell; one that loses its readiness is degraded, not killed.
 */
export function step(
  life: Life,
  event: LifeEvent,
  { restart, now, random }: { restart: Backoff & { healthyMs: number }; now: number; random: () => number },
): { life: Life; action?: LifeAction } {
  const { attempt, restarts } = life
  const backOff = (reason: string): { life: Life; action: LifeAction } => {
    const healthy = life.readySince !== undefined && now - life.readySince >= restart.healthyMs
    const turn = healthy ? 0 : attempt
    return {
      life: { state: 'backing-off', reason, attempt: turn + 1, restarts: restarts + 1 },
      action: { kind: 'wake', afterMs: backoffMs(turn, restart, random) },
    }
  }
  switch (event.kind) {
    case 'needs':
      if (life.state !== 'waiting') return { life }
      if (event.missing) return { life: { ...life, reason: `for ${event.missing}` } }
      return { life: { state: 'starting', attempt, restarts }, action: { kind: 'start' } }
    case 'started':
      return { life: { state: 'starting', attempt, restarts } }
    case 'start-failed':
      return backOff(event.reason)
    case 'probed':
      return { life: probed(life, event.problem, now) }
    case 'exited':
      return life.state === 'stopping' || life.state === 'stopped' ? { life } : backOff(event.how)
    case 'woken':
      return life.state === 'backing-off' ? { life: { state: 'waiting', attempt, restarts } } : { life }
    case 'stopping':
      return { life: { state: 'stopping', attempt, restarts } }
    case 'stopped':
      return { life: { state: 'stopped', attempt: 0, restarts } }
  }
}

function probed(life: Life, problem: string | undefined, now: number): Life {
  const runs = life.state === 'starting' || life.state === 'ready' || life.state === 'degraded'
  if (!runs) return life
  const { attempt, restarts } = life
  if (problem === undefined) {
    return { state: 'ready', attempt, restarts, readySince: life.readySince ?? now }
  }
  return { state: life.state === 'starting' ? 'starting' : 'degraded', reason: problem, attempt, restarts }
}
