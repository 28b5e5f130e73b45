import type { Store } from '../../store.ts'
import type { Memory } from './memory.ts'

/**
 * Forgets the cluster in one step. What a controller is in its ensemble stays beside its data, for a return by the same
 * URL: its promises of a birth hold, and its disk belongs to that cluster and no other.
 */
export function forgetCluster(store: Store, memory: Memory): void {
  store.transaction(() => {
    const joined = memory.recall('joined')
    const ensemble = memory.recall('ensemble')
    const acceptor = memory.recall('acceptor')
    if (joined && (ensemble?.kind === 'managed' || acceptor)) {
      const own = ensemble?.kind === 'managed' ? ensemble : undefined
      memory.remember('former', {
        zkUrl: joined.zkUrl,
        ...(own ? { ensemble: own } : {}),
        ...(acceptor ? { acceptor } : {}),
      })
    }
    for (const topic of [
      'joined',
      'ensemble',
      'cluster',
      'acceptor',
      'document',
      'heard',
      'runs',
      'tried',
      'maintenance',
      'members',
      'address',
      'place',
      'super',
    ] as const)
      memory.forget(topic)
  })()
}

/** Takes up what this machine was in its former ensemble, if anything. */
export function returnTo(memory: Memory): void {
  const former = memory.recall('former')
  if (!former) return
  if (former.acceptor) memory.remember('acceptor', former.acceptor)
  if (former.ensemble) {
    memory.remember('ensemble', former.ensemble)
    memory.remember('cluster', former.ensemble.cluster)
  }
  memory.forget('former')
}
