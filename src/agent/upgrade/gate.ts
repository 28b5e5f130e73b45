import { isOver, type Rollout } from '../rollout/rollout.ts'
import type { ClusterStatus } from '../status.ts'

/** What keeps an upgrade from going on to the next machine. */
export type Closed = {
  /** It may pass by itself. */
  passing: boolean
  why: string
  /** What mends it, or shows what has to be mended. */
  command: string
}

/**
 * Whether one more machine may be upgraded: no other change is under way, and every controller is well, so that ZooKeeper,
 * Mesos and Marathon have somebody to spare. Workers that are ill are upgraded as they are.
 * @returns undefined when it may
 */
export function closedBy({ cluster, machines, ready, others }: ClusterStatus): Closed | undefined {
  const { rollout, zookeeper } = cluster
  if (zookeeper.session !== 'connected')
    return { passing: true, why: 'this machine is not in touch with ZooKeeper', command: 'meshbox status' }
  if (rollout && (rollout.permit || !isOver(rollout))) {
    const stopped = standing(rollout)
    return {
      passing: stopped === undefined,
      why: `the ${rollout.change.kind === 'document' ? 'rollout' : 'change'} of ${rollout.text} ${stopped ?? 'is under way'}`,
      command: rollout.paused && !isOver(rollout) ? 'meshbox rollout resume' : 'meshbox rollout status',
    }
  }
  const ill = [
    ...machines.map(({ name, roles }) => ({ name, roles, well: ready })),
    ...others.map(({ name, roles, state, said }) => ({
      name,
      roles,
      well: state === 'alive' && said?.ready,
    })),
  ].find(({ roles, well }) => roles.includes('controller') && !well)
  return ill && { passing: true, why: `the controller ${ill.name} is not ready`, command: 'meshbox status' }
}

/** Why it does not go on by itself. */
function standing({ state, why, paused }: Rollout): string | undefined {
  if (state === 'halted') return 'has halted'
  if (state === 'aborted') return why && 'was aborted, and waits for a machine all the same'
  return paused ? 'is paused' : undefined
}
