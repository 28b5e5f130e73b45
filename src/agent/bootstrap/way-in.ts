import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { formatZkUrl, parseZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { askStranger, type Heard } from '../gossip/stranger.ts'
import { createKeyring } from '../gossip/wire/keyring.ts'
import type { Joined } from '../local/memory.ts'
import { refusals, saidOf } from '../peer/refusal.ts'

/** What a machine that knows only a neighbour has to be told. */
const wayInSchema = z.object({
  /** Without the password, if it has one. */
  url: z.string(),
  /** Absent while the cluster waits for its birth. */
  cluster: z.string().optional(),
  simulated: z.boolean(),
  mode: z.enum(['dev', 'joined']),
  name: z.string(),
})

export type WayIn = z.output<typeof wayInSchema>

export const wayInQuestion = 'way in'
const withinMs = 5000

/** The answer to the question: `url` is that of now, whatever this machine was joined with. */
export function tellWayIn(joined: Joined, url: ZkUrl, cluster: Cluster | undefined): Uint8Array {
  const { simulated, mode, name } = joined
  const wayIn: WayIn = {
    ...{ url: formatZkUrl(url), simulated: cluster?.simulated ?? simulated, mode, name },
    ...(cluster ? { cluster: cluster.id } : {}),
  }
  return Buffer.from(JSON.stringify(wayIn))
}

/**
 * Asks a neighbour, over gossip, which ZooKeeper its cluster has; undefined when nobody answers there.
 * @throws MeshboxError for a neighbour that is no way into a cluster
 */
export async function askWayIn(
  neighbour: string,
  { port, keys, clock }: { port: number; keys: readonly Uint8Array[]; clock: Clock },
): Promise<WayIn | undefined> {
  const envelope = { keyring: createKeyring(keys), label: '' }
  const question = { name: wayInQuestion, payload: new Uint8Array(0) }
  const heard = await askStranger(neighbour, question, { port, envelope, clock, withinMs })
  if (heard.kind === 'unreached') return undefined
  const wayIn = heard.kind === 'answer' ? readWayIn(heard.payload) : undefined
  if (!wayIn) throw noWayIn(neighbour, heard)
  if (wayIn.mode === 'dev') {
    throw new MeshboxError({
      code: 'neighbour-trial',
      message: `cannot join: ${neighbour} is a trial (\`meshbox dev\`), which keeps to itself`,
      hint: 'make it a cluster with `meshbox join zk://<its address>:2181/mesos` there first',
    })
  }
  if (parseZkUrl(wayIn.url).auth) {
    throw new MeshboxError({
      code: 'neighbour-password',
      message: `cannot join by ${neighbour}: the ZooKeeper URL of its cluster has a password, which is told to nobody`,
      hint: `join with the URL itself: meshbox join '${wayIn.url}'`,
    })
  }
  return wayIn
}

function readWayIn(payload: Uint8Array): WayIn | undefined {
  try {
    const wayIn = wayInSchema.parse(JSON.parse(Buffer.from(payload).toString()))
    parseZkUrl(wayIn.url)
    return wayIn
  } catch {
    return undefined
  }
}

export function unreachedNeighbour(neighbour: string): MeshboxError {
  return new MeshboxError({
    code: 'neighbour-unreached',
    message: `cannot join: no member answers at ${neighbour}`,
    hint: 'check the address, that `meshbox status` there shows an agent, and that no firewall closes its gossip port (7946, TCP and UDP)',
  })
}

const whys: Record<Exclude<Heard['kind'], 'unreached'>, [why: string, hint: string]> = {
  answer: ['answers in a way that cannot be understood', 'run the same version of meshbox on both machines'],
  keyed: saidOf(refusals.keyed),
  open: saidOf(refusals.open),
  'other-key': saidOf(refusals.otherKey),
  'other-gossip': [
    'gossips but is no meshbox (a serf agent, say)',
    'name a machine that has joined with meshbox, or the ZooKeeper URL',
  ],
  'no-gossip': [
    'answers, but not as a member of a mesh',
    'give the gossip port of a member, 7946 by default, or the ZooKeeper URL',
  ],
}

function noWayIn(neighbour: string, { kind }: Heard): MeshboxError {
  const [why, hint] = kind === 'unreached' ? ['', ''] : whys[kind]
  return new MeshboxError({
    code: `neighbour-${kind}`,
    message: `cannot join: ${neighbour} ${why}`,
    hint,
  })
}
