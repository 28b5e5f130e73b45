import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'

/** What is read again whenever it may have changed. */
export type Followers = {
  /**
   * Calls `see` with what `load` reads: now, whenever `load` calls `again`, and at each `refresh`. At most one read is
   * under way, and one that fails is tried again. Stops when the result is called.
   */
  add<T>(what: string, load: (again: () => void) => Promise<T>, see: (value: T) => void): () => void
  /** Everything may have changed. */
  refresh(): void
  /** Nothing is read any more. */
  stop(): void
}

const retryMs = 500

export function openFollowers(clock: Clock, log: Log): Followers {
  const followed = new Map<() => void, () => void>()
  let ended = false
  return {
    add(what, load, see) {
      let stopped = ended
      let loading = false
      let dirty = false
      let cancelRetry = () => {}
      const refresh = () => {
        dirty = true
        if (!loading && !stopped) void run()
      }
      const run = async () => {
        loading = true
        cancelRetry()
        try {
          while (dirty && !stopped) {
            dirty = false
            const value = await load(refresh)
            if (!stopped && !dirty) see(value)
          }
        } catch (error) {
          log.debug({ what, error: messageOf(error) }, 'cannot follow, trying again')
          if (!stopped) cancelRetry = clock.after(retryMs, refresh)
        } finally {
          loading = false
        }
      }
      const stop = () => {
        stopped = true
        cancelRetry()
        followed.delete(refresh)
      }
      if (!ended) followed.set(refresh, stop)
      refresh()
      return stop
    },
    refresh() {
      for (const refresh of [...followed.keys()]) refresh()
    },
    stop() {
      ended = true
      for (const stop of [...followed.values()]) stop()
    },
  }
}
