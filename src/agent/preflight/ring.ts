import type { Clock } from '../../clock.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { MeshboxError } from '../../error.ts'
import type { Request } from '../birth/acceptor.ts'
import { whoAnswers } from '../bootstrap/answers.ts'
import { machineFacts } from '../local/machine.ts'
import { openAskPeer } from '../peer/ask.ts'
import { isKeyRefusal } from '../peer/refusal.ts'

/** What the cluster says to some keys. `unknown`: nobody who could say so answers. */
export type RingVerdict = { kind: 'works' } | { kind: 'refused'; error: MeshboxError } | { kind: 'unknown' }

const withinMs = 2000
const look: Request = { kind: 'look' }

/** Where to ask. */
export type RingWitnesses = {
  /** Left out where it is not known, as from a neighbour. */
  url?: ZkUrl
  /** The cluster that this machine belongs to; whichever lives there, while it has met none. */
  cluster: string | undefined
  /** Addresses of other members. */
  others: string[]
  /** Of their API. */
  port: number
}

/** Whether a machine of that cluster can take part with these keys: its ZooKeeper has the last word, then its members. */
export async function tryRing(
  { url, cluster, others, port }: RingWitnesses,
  keys: readonly Uint8Array[],
  clock: Clock,
): Promise<RingVerdict> {
  const said: RingVerdict = url
    ? await whoAnswers(url, keys, clock).then((found): RingVerdict => {
        const there = found?.cluster?.id
        return { kind: there !== undefined && there === (cluster ?? there) ? 'works' : 'unknown' }
      }, verdictIn)
    : { kind: 'unknown' }
  if (said.kind !== 'unknown') return said
  const own = machineFacts().addresses
  const ask = openAskPeer(() => keys)
  const request = { port, path: '/v1/birth', body: look, withinMs }
  const verdicts = await Promise.all(
    others
      .filter((address) => !own.includes(address))
      .map((address) => ask(address, request).then((): RingVerdict => ({ kind: 'works' }), verdictIn)),
  )
  return heard(verdicts)
}

function verdictIn(error: unknown): RingVerdict {
  return isKeyRefusal(error) ? { kind: 'refused', error } : { kind: 'unknown' }
}

/** One that has the same key is enough: that others have lost theirs is told by them. */
function heard(verdicts: RingVerdict[]): RingVerdict {
  const of = (kind: RingVerdict['kind']) => verdicts.find((verdict) => verdict.kind === kind)
  return of('works') ?? of('refused') ?? { kind: 'unknown' }
}
