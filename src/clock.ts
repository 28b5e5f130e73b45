/** Time as a parameter: decisions and timers take a clock, so that tests can own it. Milliseconds everywhere. */
export type Clock = {
  /** Wall clock, Unix milliseconds: for people and records, never for intervals. */
  now(): number
  /** Never goes back and ignores clock jumps: for deadlines and intervals. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', abort, { once: true })
    })
  },
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Each wait is `factor` times the one before it, 2 when left out. */
export type Backoff = { firstMs: number; maxMs: number; factor?: number }

/** Exponential back-off with jitter: the wait before try number `attempt` (0-based), between half and all of its step. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs, factor = 2 }: Backoff,
  random: () => number,
): number {
  const step = Math.min(maxMs, firstMs * factor ** Math.min(attempt, 30))
  return step / 2 + (step / 2) * random()
}

/** Polls `check` every `everyMs` until it gives something else than undefined, or `timeoutMs` is over (then undefined). */
export async function until<T>(
  clock: Clock,
  { everyMs, timeoutMs, signal }: { everyMs: number; timeoutMs: number; signal?: AbortSignal },
  check: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const deadline = clock.monotonic() + timeoutMs
  for (;;) {
    const found = await check()
    if (found !== undefined) return found
    if (clock.monotonic() >= deadline) return undefined
    await clock.sleep(everyMs, signal)
  }
}
