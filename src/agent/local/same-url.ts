import { type Server, sameUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { type ResolvedServer, resolveServers } from './machine.ts'

/** Whether two URLs mean the same machines and path, in whatever order, by addresses or by names. */
export async function meanTheSame(
  one: ZkUrl,
  other: ZkUrl,
  resolve: (url: ZkUrl) => Promise<ResolvedServer[]> = resolveServers,
): Promise<boolean> {
  if (sameUrl(one, other)) return true
  const [ours, theirs] = await Promise.all([resolve(one), resolve(other)])
  // Of a name that cannot be resolved now, nobody knows.
  if ([...ours, ...theirs].some(({ addresses }) => addresses.length === 0)) return false
  const byAddress = (url: ZkUrl, servers: ResolvedServer[]): ZkUrl => ({
    ...url,
    servers: servers.map(addressed),
  })
  return sameUrl(byAddress(one, ours), byAddress(other, theirs))
}

const addressed = ({ addresses, port }: ResolvedServer): Server => ({
  host: addresses.toSorted()[0] ?? '',
  port,
})
