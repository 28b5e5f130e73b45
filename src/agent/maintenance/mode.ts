import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Operator } from '../drain/operator.ts'
import type { Memory } from '../local/memory.ts'

export type MaintenanceStatus = {
  /** Unix milliseconds. */
  since: number
  /** In the words of whoever turned it on. */
  why?: string
  /** `ending`: it was turned off, and the master does not know yet. */
  state: 'draining' | 'drained' | 'ending'
  /** Why it is not there yet. */
  reason?: string
}

/** A machine that takes no tasks until somebody says so, whatever is started again meanwhile. */
export type Maintenance = {
  /** Undefined when it is off. */
  status(): MaintenanceStatus | undefined
  on(why: string | undefined): void
  off(): void
  stop(): Promise<void>
}

const lookMs = 1000
/** A drained agent that comes back as another one, after a lost disk, is drained again within this time. */
const restMs = 5000

/** Keeps the leading master told of what somebody has wished last. The wish is remembered. */
export function openMaintenance({
  memory,
  operator,
  clock,
  log,
  onChange,
}: {
  memory: Memory
  operator: Operator
  clock: Clock
  log: Log
  onChange: () => void
}): Maintenance {
  let wish = memory.recall('maintenance')
  let drained = false
  let reason: string | undefined
  let working: Promise<void> | undefined
  let cancel = () => {}
  let ended = false

  async function bringAbout(): Promise<void> {
    const wanted = wish
    if (!wanted) return
    const id = await operator.id()
    if (wanted.on) {
      const state = await operator.draining(id)
      if (state === undefined) await operator.drain(id)
      drained = state === 'DRAINED'
      return
    }
    await operator.reactivate(id)
    if (wish !== wanted) return
    memory.forget('maintenance')
    wish = undefined
    log.info({}, 'maintenance is over')
  }

  /** One look at a time, and none while nobody wishes anything. */
  function look(): void {
    if (working || ended || !wish) return
    cancel()
    const before = JSON.stringify(status())
    working = bringAbout()
      .then(() => {
        reason = undefined
      })
      .catch((error) => {
        reason = messageOf(error)
      })
      .finally(() => {
        working = undefined
        if (JSON.stringify(status()) !== before) onChange()
        if (!ended && wish) cancel = clock.after(wish.on && drained && !reason ? restMs : lookMs, look)
      })
  }

  function status(): MaintenanceStatus | undefined {
    if (!wish) return undefined
    const { on, since, why } = wish
    const state = on ? (drained ? 'drained' : 'draining') : 'ending'
    return {
      since,
      ...(why === undefined ? {} : { why }),
      state,
      ...(reason === undefined ? {} : { reason }),
    }
  }

  function wishFor(next: NonNullable<typeof wish>): void {
    wish = next
    drained = false
    reason = undefined
    memory.remember('maintenance', next)
    log.info(next, 'maintenance')
    cancel()
    look()
    onChange()
  }

  look()
  return {
    status,
    on(why) {
      const since = wish?.on ? wish.since : clock.now()
      wishFor({ on: true, since, ...(why === undefined ? {} : { why }) })
    },
    off() {
      if (wish) wishFor({ ...wish, on: false })
    },
    async stop() {
      ended = true
      cancel()
      await working
    },
  }
}
