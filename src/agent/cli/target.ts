import { canonicalAddress } from '../../config/address.ts'
import { isHost, parseZkUrl } from '../../config/zookeeper/url.ts'
import { misuse } from '../../error.ts'
import { parseSeed } from '../gossip/net/seeds.ts'

/** What a person names to `join`: a ZooKeeper URL, or a member of the cluster, which knows that URL. */
export type Target = { kind: 'url'; zkUrl: string } | { kind: 'neighbour'; seed: string }

/** @throws MeshboxError (exit 2) for what is neither */
export function readTarget(text: string): Target {
  if (text.includes('/')) {
    parseZkUrl(text)
    return { kind: 'url', zkUrl: text }
  }
  const { host } = parseSeed(text, 1)
  if (canonicalAddress(host) !== undefined || isHost(host.toLowerCase()))
    return { kind: 'neighbour', seed: text }
  throw misuse(
    'join-target',
    `cannot join "${text}": it is neither a ZooKeeper URL nor the address of a member`,
    'write zk://10.0.0.1:2181/mesos, or 10.0.0.7, 10.0.0.7:7946, [fd00::7]:7946, a-host-name',
  )
}
