import { backoffMs, type Clock } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Birth } from '../../supervisor/program/input.ts'
import type { FirstLog } from '../../supervisor/replicated-log/first.ts'
import { initializeLog } from '../../supervisor/replicated-log/initialize.ts'
import type { Place } from '../place.ts'

/** Has this machine's replica of the masters' log initialised, once in the life of its cluster. */
export type MasterLog = {
  /** For the plan: what keeps mesos-master from running, if it is that. */
  wanted(): Pick<Birth, 'firstLog'>
  /** Does what the plan asks for, unless it is being done. */
  begin(log: FirstLog): void
  /** mesos-master may run: what becomes of its log from now on is no birth. */
  over(): void
  stop(): Promise<void>
}

const retry = { firstMs: 1000, maxMs: 60_000 }

/**
 * That it is done is on disk before mesos-master can be started, and so before the replica has promised anything: one
 * that is lost later is never taken for one that never voted.
 */
export function openFirstLog({
  place,
  initialize = initializeLog,
  random,
  clock,
  log,
  onChange,
}: {
  place: Pick<Place, 'ensemble' | 'logBegun'>
  initialize?: (log: FirstLog) => Promise<void>
  random: () => number
  clock: Clock
  log: Log
  onChange: () => void
}): MasterLog {
  let problem: { reason: string; hint?: string } | undefined
  let working: Promise<void> | undefined
  let attempt = 0
  let stopped = false
  /** Set between two tries. */
  let cancel: (() => void) | undefined

  async function work(first: FirstLog): Promise<void> {
    try {
      await initialize(first)
      place.logBegun()
      problem = undefined
      log.info({ workDir: first.workDir }, "the masters' log is initialised")
    } catch (error) {
      const hint = error instanceof MeshboxError ? error.hint : undefined
      problem = { reason: messageOf(error), ...(hint === undefined ? {} : { hint }) }
      log.error({ error: problem.reason }, 'mesos-master has to wait')
      cancel = clock.after(backoffMs(attempt++, retry, random), () => {
        cancel = undefined
        onChange()
      })
    }
    working = undefined
    if (!stopped) onChange()
  }

  return {
    wanted() {
      const ensemble = place.ensemble()
      return ensemble.kind === 'managed' && ensemble.firstLog ? { firstLog: problem ? { problem } : {} } : {}
    },
    begin(first) {
      if (!stopped && !cancel) working ??= work(first)
    },
    over: place.logBegun,
    async stop() {
      stopped = true
      cancel?.()
      await working
    },
  }
}
