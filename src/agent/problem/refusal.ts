import { MeshboxError, messageOf } from '../../error.ts'
import { isKeyRefusal } from '../peer/refusal.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

/** Why a machine is kept out of the cluster that it was told to join. */
export function refusalOf(error: unknown, zkUrl: string): Problem {
  const why = messageOf(error)
  if (isKeyRefusal(error)) return known.wrongKey(why, zkUrl)
  if (error instanceof MeshboxError && error.code === 'zk-no-auth')
    return known.wrongKey(
      'ZooKeeper shows its part of the cluster to nobody with the key of this machine',
      zkUrl,
    )
  return known.refused(why)
}
