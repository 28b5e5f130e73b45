import type { Clock } from '../../../clock.ts'
import type { ReplicatedLog } from './log/log.ts'
import type { Registry } from './registry.ts'

/** The leader's hand on the registry. */
export type Registrar = {
  /** Undefined until it has been fetched. */
  registry(): Registry | undefined
  /** Resolves when fetched; does not when the log is closed before. */
  recover(): Promise<Registry | undefined>
  /** Resolves when a quorum holds the change; changes happen one after the other. */
  apply(change: (registry: Registry) => Registry): Promise<void>
  metrics(): { fetchMs: number; storeMs: number[]; queued: number; bytes: number } | undefined
}

const againMs = 500
const keptSamples = 100

/** @param fail called once, with why the master must end, when the registry can be kept no longer */
export function openRegistrar(
  log: ReplicatedLog,
  { storeTimeoutMs, clock, fail }: { storeTimeoutMs: number; clock: Clock; fail: (why: string) => void },
): Registrar {
  let registry: Registry | undefined
  let queue: Promise<void> = Promise.resolve()
  let queued = 0
  let fetchMs = 0
  const storeMs: number[] = []

  async function store(change: (registry: Registry) => Registry): Promise<void> {
    if (!registry) throw new Error('the registry is not recovered')
    const next = change(registry)
    if (next === registry) return
    const began = clock.monotonic()
    for (;;) {
      const outcome = await log.store(next)
      if (outcome === 'stored') break
      if (outcome === 'lost' || clock.monotonic() - began > storeTimeoutMs) {
        const secs = storeTimeoutMs / 1000
        fail(
          outcome === 'lost'
            ? 'Failed to update registry: version mismatch'
            : `Failed to update registry: Failed to perform store within ${secs}secs`,
        )
        return new Promise(() => {}) // this master ends
      }
      await clock.sleep(againMs)
    }
    registry = next
    storeMs.push(clock.monotonic() - began)
    if (storeMs.length > keptSamples) storeMs.shift()
  }

  return {
    registry: () => registry,
    async recover() {
      const began = clock.monotonic()
      registry = await log.fetch()
      fetchMs = clock.monotonic() - began
      return registry
    },
    apply(change) {
      queued++
      const done = queue.then(() => store(change)).finally(() => queued--)
      queue = done.catch(() => {})
      return done
    },
    metrics: () =>
      registry && { fetchMs, storeMs, queued, bytes: Buffer.byteLength(JSON.stringify(registry)) },
  }
}
