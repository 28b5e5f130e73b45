import { type Backoff, backoffMs, type Clock } from '../../clock.ts'

export type Reloader = {
  /** Something changed: load soon. */
  trigger(): void
  /** Gives a load that is under way up, and loads anew: whom it asks is not the one to ask any more. */
  restart(): void
  /** Loads now; resolves when a load that began after this call has ended, whatever its outcome. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

type Options = {
  /** Time between two loads when nothing else calls for one, in ms. */
  everyMs: number
  /** Triggers within this time after the begin of a load share the next one, in ms. */
  gatherMs: number
  clock: Clock
  random: () => number
  /** Loads once; true when it succeeded. Never rejects. */
  load: (signal: AbortSignal) => Promise<boolean>
}

const firstRetryMs = 250
/** A new leader is to be followed within two seconds of its first answer. */
const longestRetryMs = 1_000
/** Loads that triggers call for begin no sooner than so many times as long as one took: a master has other work too. */
const restFactor = 2

/** Decides when to load: regularly, soon after a trigger, and again with growing waits after a failure. One at a time. */
export function openReloader({ everyMs, gatherMs, clock, random, load }: Options): Reloader {
  const retry: Backoff = { firstMs: firstRetryMs, maxMs: Math.min(everyMs, longestRetryMs) }
  const ending = new AbortController()
  let current = new AbortController()
  let cancel = () => {}
  let dueAt = Number.POSITIVE_INFINITY
  let running: Promise<void> | undefined
  let again: PromiseWithResolvers<void> | undefined
  let lastBegin = Number.NEGATIVE_INFINITY
  let lastTookMs = 0
  let failures = 0

  function schedule(inMs: number): void {
    const at = clock.monotonic() + Math.max(0, inMs)
    if (ending.signal.aborted || at >= dueAt) return
    cancel()
    dueAt = at
    cancel = clock.after(Math.max(0, inMs), begin)
  }

  function begin(): void {
    if (ending.signal.aborted) return
    if (running) {
      again ??= Promise.withResolvers()
      return
    }
    cancel()
    dueAt = Number.POSITIVE_INFINITY
    lastBegin = clock.monotonic()
    const waiting = again
    again = undefined
    current = new AbortController()
    running = load(AbortSignal.any([ending.signal, current.signal])).then((good) => {
      running = undefined
      lastTookMs = clock.monotonic() - lastBegin
      failures = good ? 0 : failures + 1
      waiting?.resolve()
      if (again) begin()
      else schedule(good ? everyMs : Math.max(lastTookMs, backoffMs(failures - 1, retry, random)))
    })
  }

  return {
    trigger: () => schedule(lastBegin + Math.max(gatherMs, lastTookMs * restFactor) - clock.monotonic()),
    restart() {
      if (running) again ??= Promise.withResolvers()
      current.abort(new Error('another master leads'))
      if (!running) begin()
    },
    refresh() {
      again ??= Promise.withResolvers()
      const { promise } = again
      if (!running) begin()
      return promise
    },
    async stop() {
      ending.abort(new Error('the resolver is closing'))
      cancel()
      await running
      again?.resolve()
    },
  }
}
