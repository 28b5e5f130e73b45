import { splitHostPort } from '../../config/address.ts'
import { currentUrl } from '../../config/document/cluster.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { readDocumentText } from '../../config/document/parse.ts'
import type { Config } from '../../config/schema.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { parseSeed } from '../gossip/net/seeds.ts'
import type { Past } from '../local/joined.ts'
import type { Joined } from '../local/memory.ts'
import type { RingWitnesses } from '../preflight/ring.ts'
import type { Target } from './target.ts'

/** Who can say whether keys are those of the cluster that this machine has joined. */
export function witnessesOf({ joined, cluster, members }: Past): RingWitnesses {
  const url = currentUrl(parseZkUrl(joined.zkUrl), cluster)
  const hosts = members.flatMap((member) => splitHostPort(member)?.host ?? [])
  const others = [...new Set([...url.servers.map(({ host }) => host), ...hosts])]
  return { url, cluster: cluster?.id, others, port: seedConfig(joined).api.port }
}

/** The same of a cluster that it is to join, while it has met none: where it looked for one before has no say in it. */
export function newWitnesses(target: Target, past: Past): RingWitnesses {
  if (target.kind === 'url')
    return witnessesOf({ ...past, joined: { ...past.joined, zkUrl: target.zkUrl }, members: [] })
  const { api, gossip } = seedConfig(past.joined)
  return { cluster: undefined, others: [parseSeed(target.seed, gossip.port).host], port: api.port }
}

export function seedConfig({ name, seed }: Pick<Joined, 'name' | 'seed'>): Config {
  return effectiveConfig(readDocumentText(seed, 'the document'), { name, roles: ['worker'] }).config
}
