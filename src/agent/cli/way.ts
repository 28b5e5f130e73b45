import { systemClock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import { currentUrl } from '../../config/document/cluster.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { readDocumentText } from '../../config/document/parse.ts'
import { formatZkUrl, parseZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { askWayIn, unreachedNeighbour, type WayIn } from '../bootstrap/way-in.ts'
import { resolveSeed } from '../gossip/net/seeds.ts'
import type { Past } from '../local/joined.ts'
import type { Joined } from '../local/memory.ts'
import { meanTheSame } from '../local/same-url.ts'
import type { Target } from './target.ts'

/** How to get into the cluster that was named. */
export type Way = {
  zkUrl: string
  /** Whether that cluster has stand-ins, where a neighbour told. */
  simulated?: boolean
  /** host:port of members to gossip with first. */
  doors: string[]
}

/**
 * The ZooKeeper URL that the target names or knows. A machine that has joined needs no neighbour that answers: it goes
 * on with the URL it has.
 * @throws MeshboxError when the neighbour is no way in, or of another cluster than this machine
 */
export async function findWay(
  target: Target,
  at: {
    past: Past | undefined
    name: string
    seed: string
    keys: readonly Uint8Array[]
    note: (line: string) => void
  },
): Promise<Way> {
  if (target.kind === 'url') return { zkUrl: target.zkUrl, doors: [] }
  const { past, note } = at
  const document = readDocumentText(at.seed, 'the document')
  const { port } = effectiveConfig(document, { name: at.name, roles: ['worker'] }).config.gossip
  const wayIn = await askWayIn(target.seed, { port, keys: at.keys, clock: systemClock })
  if (past && (!wayIn || !past.free)) {
    if (!wayIn) note(`${target.seed} does not answer; this machine goes on as it has joined.`)
    else await refuseStranger(past.joined, past.cluster?.id, wayIn)
    return { zkUrl: past.joined.zkUrl, doors: [] }
  }
  if (!wayIn) throw unreachedNeighbour(target.seed)
  note(
    `${target.seed} is ${wayIn.name} of ${wayIn.cluster ? `cluster ${wayIn.cluster}` : 'a cluster that waits for its birth'}.`,
  )
  const doors = (await resolveSeed(target.seed, port)).map(({ host, port }) => joinHostPort(host, port))
  return { zkUrl: wayIn.url, simulated: wayIn.simulated, doors }
}

/** A neighbour of another cluster than the one that this machine belongs to. */
async function refuseStranger(before: Joined, cluster: string | undefined, wayIn: WayIn): Promise<void> {
  const same =
    cluster && wayIn.cluster
      ? cluster === wayIn.cluster
      : await meanTheSame(parseZkUrl(before.zkUrl), parseZkUrl(wayIn.url))
  if (!same) throw joinedElsewhere(before)
}

/**
 * What a further join asks for, if anything: with the same URL, or the one of now, nothing changes but the key; a machine
 * that has met no cluster yet may be told everything anew.
 * @throws MeshboxError when it would be another cluster
 */
export async function changeOf(
  past: Past,
  wanted: Joined,
  otherKey: boolean,
): Promise<'all' | 'key' | undefined> {
  const before = past.joined
  const [url, given] = [parseZkUrl(before.zkUrl), parseZkUrl(wanted.zkUrl)]
  const same =
    before.simulated === wanted.simulated &&
    ((await meanTheSame(url, given)) || (await meanTheSame(currentUrl(url, past.cluster), given)))
  const sameRole = before.role === wanted.role
  if (past.free) return same && sameRole && !otherKey ? undefined : 'all'
  if (!same) throw joinedElsewhere(before)
  if (!sameRole)
    throw new MeshboxError({
      code: 'joined-as',
      message: `cannot join as a ${wanted.role}: this machine has joined as ${before.role === undefined ? 'both, controller and worker' : `a ${before.role}`}`,
      hint: 'leave it first: meshbox leave',
    })
  return otherKey ? 'key' : undefined
}

function joinedElsewhere(before: Joined): MeshboxError {
  const what = before.simulated ? ' as a simulated one' : ''
  return new MeshboxError({
    code: 'joined-elsewhere',
    message: `cannot join: this machine already belongs to ${formatZkUrl(parseZkUrl(before.zkUrl))}${what}`,
    hint: 'look at it with `meshbox status`, leave it with `meshbox leave`, or use another --data-dir',
  })
}
