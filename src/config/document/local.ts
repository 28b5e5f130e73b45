import type { Option } from '../option/walk.ts'

/** A layer over the top level: for the machines of a role, or for some machines alone. */
export type Above = 'controller' | 'worker' | 'machine'

/**
 * Whether an option may stand in a layer. ZooKeeper, mesos-master and Marathon run on controllers alone and mesos-agent
 * on workers, so that a role's layer says no more of them than the top level would.
 */
export function mayStandIn(above: Above, { path, facts }: Option): boolean {
  if (facts.local || above === 'machine') return facts.local === true
  if (facts.program === undefined || path.length === 1) return false
  return (facts.program === 'mesos-agent') === (above === 'worker')
}
