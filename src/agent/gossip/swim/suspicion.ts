import type { Clock } from '../../../clock.ts'

/** Lifeguard's suspicion: starts long, and grows shorter with each independent confirmation. */
export type Suspicion = {
  /** True when this is news, to be passed on. */
  confirm(from: string): boolean
  cancel(): void
}

/** How long a suspicion lasts in all. */
export function suspicionMs(
  confirmations: number,
  wanted: number,
  shortest: number,
  longest: number,
): number {
  if (wanted < 1) return shortest
  const done = Math.log(confirmations + 1) / Math.log(wanted + 1)
  return Math.max(shortest, longest - done * (longest - shortest))
}

export function startSuspicion(options: {
  /** Who suspects first; does not confirm itself. */
  from: string
  wanted: number
  shortest: number
  longest: number
  /** Over later than this, we stood still ourselves, and the objection may lie unread: then it lasts once more. */
  lateMs: number
  clock: Clock
  expire: () => void
}): Suspicion {
  const { wanted, shortest, longest, lateMs, clock, expire } = options
  const heard = new Set([options.from])
  const started = clock.monotonic()
  const total = () => suspicionMs(heard.size - 1, wanted, shortest, longest)
  let cancel = wait(total())

  function wait(ms: number): () => void {
    const due = clock.monotonic() + ms
    return clock.after(ms, () => {
      if (clock.monotonic() - due > lateMs) cancel = wait(shortest)
      else expire()
    })
  }

  return {
    confirm(from) {
      if (heard.size - 1 >= wanted || heard.has(from)) return false
      heard.add(from)
      cancel()
      cancel = wait(Math.max(0, started + total() - clock.monotonic()))
      return true
    },
    cancel: () => cancel(),
  }
}
