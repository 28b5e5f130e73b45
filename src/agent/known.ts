import { currentUrl } from '../config/document/cluster.ts'
import type { ZkUrl } from '../config/zookeeper/url.ts'
import type { ResolvedServer } from './local/machine.ts'
import type { Memory, Value } from './local/memory.ts'

/** What this machine remembers of its cluster. */
export type Known = {
  /** Undefined until it has met it. */
  cluster(): Value<'cluster'> | undefined
  /** The addresses of the controllers: of those there are now, or of those of the URL. */
  controllers(): string[]
  /** The one it joined by, with the controllers that there are now. */
  url(): ZkUrl
}

export function openKnown(memory: Memory, url: ZkUrl, servers: ResolvedServer[]): Known {
  /** A controller knows its cluster from the agreement on, before it finds it in ZooKeeper. */
  const cluster = () => {
    const ensemble = memory.recall('ensemble')
    return memory.recall('cluster') ?? (ensemble?.kind === 'managed' ? ensemble.cluster : undefined)
  }
  return {
    cluster,
    controllers() {
      const now = cluster()?.servers
      if (now) return now.map(({ host }) => host)
      return servers.map(({ addresses, host }) => addresses[0] ?? host)
    },
    url: () => currentUrl(url, cluster()),
  }
}
