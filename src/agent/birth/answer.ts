import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { Known } from '../known.ts'
import type { Memory } from '../local/memory.ts'
import type { Reply, Request, Self } from './acceptor.ts'
import { openAcceptor } from './exchange.ts'

/**
 * What this machine answers to others that are about to agree on a cluster. Undefined while it takes no part in a
 * birth, and to those that look for the cluster of another path.
 */
export function openBirthAnswers(deps: {
  memory: Memory
  url: ZkUrl
  known: Known
  /** Undefined until this machine has put itself forward. */
  self: () => (() => Self) | undefined
}): (request: Request) => Reply | undefined {
  const { memory, url, known } = deps
  return (request) => {
    if (request.kind === 'look' && request.path !== undefined && request.path !== url.path) return undefined
    const ensemble = memory.recall('ensemble')
    if (ensemble?.kind === 'managed') {
      // Its controllers may be others than at its birth.
      const servers = known.cluster()?.servers ?? []
      return { kind: 'born', birth: { ...ensemble.cluster, ...(servers.length > 0 ? { servers } : {}) } }
    }
    const self = deps.self()
    return self && openAcceptor(memory, self)(request)
  }
}
