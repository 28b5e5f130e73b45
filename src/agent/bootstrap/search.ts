import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'

const everyMs = 5000

/** Looks now and then for what somebody may have brought: a program that was missing, the list of a server that lost it. */
export function openSearch({
  lacks,
  reconcile,
  regainList,
  clock,
  log,
}: {
  /** Whether a program is missing. */
  lacks: () => boolean
  reconcile: () => void
  regainList: () => Promise<void>
  clock: Clock
  log: Log
}): () => void {
  let cancel = clock.after(everyMs, look)

  function look(): void {
    if (lacks()) reconcile()
    void regainList().catch((error) => log.debug({ error: messageOf(error) }, 'no list'))
    cancel = clock.after(everyMs, look)
  }

  return () => cancel()
}
