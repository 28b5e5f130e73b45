import type { Cluster } from '../../config/document/cluster.ts'
import type { Member, Tags } from '../gossip/gossip.ts'

/** A recovery as it is told: of the servers with an id below that one none but `server` is of the ensemble any more. */
type Told = Pick<NonNullable<Cluster['recovered']>, 'below' | 'server'>

/** What members tell of the last recovery without being asked: `below/server`, as the record of the cluster has them. */
export const recoveryTag = (recovered: Cluster['recovered']): Tags =>
  recovered ? { recovered: `${recovered.below}/${recovered.server}` } : {}

function readTag({ recovered = '' }: Tags): Told {
  const [, below = '0', server = '0'] = /^(\d{1,4})\/(\d{1,4})$/.exec(recovered) ?? []
  return { below: Number(below), server: Number(server) }
}

/**
 * Whether a server is of the ensemble no more by what is told. Ids are never used again, and each recovery has a higher bound
 * than those that its machine has heard of: an older one says nothing of the server whose disk was chosen since.
 * @param known the last recovery by the record that this machine has itself
 */
export function isLeftOut(own: number, told: Told, known: Cluster['recovered']): boolean {
  const isChosen = known?.server === own && known.below >= told.below
  return own < told.below && own !== told.server && !isChosen
}

/** Who tells of the latest recovery by which that server is of the ensemble no more. */
export function tellersOf(own: number, members: Member[], cluster: Cluster | undefined): Member[] {
  const told = members
    .filter(({ status, tags }) => status === 'alive' && tags.cluster === cluster?.id)
    .map((member) => ({ member, ...readTag(member.tags) }))
    .filter((each) => isLeftOut(own, each, cluster?.recovered))
  const latest = Math.max(...told.map(({ below }) => below))
  return told.filter(({ below }) => below === latest).map(({ member }) => member)
}
