import { MeshboxError, messageOf } from '../../error.ts'
import { isKeyRefusal } from '../peer/refusal.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

/** Why a machine is kept out of the cluster that it was told to join. */
export function refusalOf(error: unknown): Problem {
  const why = messageOf(error)
  if (isKeyRefusal(error)) return known.wrongKey(why)
  if (error instanceof MeshboxError && error.code === 'zk-no-auth')
    return known.wrongKey('ZooKeeper shows its part of the cluster to nobody with the key of this machine')
  return known.refused(why)
}
