import { formatZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { isKeyRefusal, refusals } from '../peer/refusal.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

/** Why a machine is kept out of the cluster that it was told to join. */
export function refusalOf(error: unknown, url: ZkUrl): Problem {
  const why = messageOf(error)
  if (isKeyRefusal(error))
    return (error.code === refusals.open ? known.keyForOpen : known.wrongKey)(why, formatZkUrl(url))
  if (error instanceof MeshboxError && error.code === 'zk-no-auth')
    return known.wrongKey(
      'ZooKeeper shows its part of the cluster to nobody with that of this machine',
      formatZkUrl(url),
    )
  return known.refused(why)
}
