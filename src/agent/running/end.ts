import type { HostLookupStatus } from '../../dns/host/wanted.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Controllers } from '../controllers/open.ts'
import type { Ending } from '../ending.ts'
import type { Maintenance } from '../maintenance/mode.ts'
import type { Membership } from '../membership.ts'
import type { Names } from '../names.ts'
import type { Nodes } from '../nodes/nodes.ts'
import type { OwnPlan } from '../plan/own.ts'
import type { Rolling } from '../rollout/rolling.ts'
import type { Gossiped } from './gossiped.ts'

/** The parts of a machine, as far as they have to end. */
type Parts = {
  /** What looks at others, and is not waited for. */
  watches: (() => void)[]
  gossiped: Gossiped
  nodes: Pick<Nodes, 'stop' | 'leave'>
  rolling: Rolling
  maintenance: Maintenance
  controllers: Controllers
  ownPlan: OwnPlan
  names: Names
  supervisor: Supervisor
  secrets: { stop(): void }
  membership: Membership
  session: { close(): Promise<void> }
}

/** In this order: who decides about programs before the programs, and ZooKeeper's session last. Tells where look-ups go. */
export async function endRunning(parts: Parts, how: Ending): Promise<HostLookupStatus> {
  const { packages, masterLog, reconciler } = parts.ownPlan
  for (const stop of parts.watches) stop()
  await parts.gossiped.stop()
  const silent = parts.nodes.stop()
  await parts.rolling.stop()
  if (how === 'leave') {
    // Whoever finds it there still gives it the next permit.
    await parts.nodes.leave().catch(() => {})
    await parts.rolling.leave().catch(() => {})
  }
  await parts.maintenance.stop()
  await packages.close()
  await parts.controllers.stop()
  await masterLog.stop()
  await reconciler.stop()
  // Before anything else ends: who looks something up meanwhile gets an answer.
  const lookups = how === 'leave' ? await parts.names.stop('restore') : undefined
  if (how !== 'keep-programs') await parts.supervisor.stopAll(how === 'stop-programs' ? 'stop' : 'leave')
  if (how === 'leave') await packages.undo()
  const kept = lookups ?? (await parts.names.stop('keep'))
  parts.secrets.stop()
  // What was given by somebody who had looked before that.
  if (how === 'leave') await parts.rolling.leave().catch(() => {})
  await parts.membership.stop()
  await parts.session.close()
  await silent
  return kept
}
