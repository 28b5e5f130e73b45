import { parseZkUrl } from '../zookeeper/url.ts'
import type { Finding } from './finding.ts'

/**
 * What becomes of a quorum: nothing, and where it was wrong, that is told. The charm's own formula gave no majority for an
 * even number of masters.
 * @param zookeeper the URL beside which it was found
 */
export function quorumFinding(from: string, quorum: number, zookeeper: unknown): Finding {
  const why = 'meshbox derives it from the number of controllers'
  const servers = typeof zookeeper === 'string' ? countServers(zookeeper) : undefined

  if (servers === undefined || quorum * 2 > servers) return { kind: 'left', from, why }
  return {
    kind: 'mended',
    from,
    why: `${quorum} is no majority of ${servers}, ${Math.floor(servers / 2) + 1} is: ${why}`,
  }
}

function countServers(url: string): number | undefined {
  try {
    return parseZkUrl(url).servers.length
  } catch {
    return undefined
  }
}
