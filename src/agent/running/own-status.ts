import type { SessionState } from '../../config/zookeeper/session.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { addressOfMember, majorityLost } from '../controllers/lost.ts'
import type { Recovery } from '../controllers/recover.ts'
import type { Leads } from '../leads.ts'
import type { Joined } from '../local/memory.ts'
import type { Maintenance } from '../maintenance/mode.ts'
import type { Membership } from '../membership.ts'
import type { Names } from '../names.ts'
import type { Neighbours } from '../neighbours.ts'
import type { Nodes } from '../nodes/nodes.ts'
import type { Place } from '../place.ts'
import type { Planner } from '../plan/planner.ts'
import { otherProblems } from '../problem/here.ts'
import type { Reconciler } from '../reconcile.ts'
import type { Rolling } from '../rollout/rolling.ts'
import { composeStatus, type Status } from '../status.ts'
import type { MasterWatch } from '../watch/masters.ts'
import type { EnsembleSight } from './ensemble.ts'

/** Sessions come and go; one that stays away is a problem. */
const awayMs = 3000

/** The parts of a machine, for what each of them knows. */
type Parts = {
  joined: Joined
  address: string
  /** Where its ZooKeeper is now. */
  current: () => ZkUrl
  place: Place
  session: { state(): SessionState }
  ensemble: EnsembleSight
  membership: Membership
  neighbours: Pick<Neighbours, 'members'>
  supervisor: Pick<Supervisor, 'status'>
  packages: { status(): PackageStatus[] }
  planner: Planner
  reconciler: Reconciler
  leads: Leads
  nodes: Pick<Nodes, 'problem'>
  rolling: Rolling
  controllers: { recovery: Pick<Recovery, 'keeps'> }
  maintenance: Maintenance
  masters: MasterWatch
  names: Names
}

/** This machine as it is at the moment. */
export function ownStatus(parts: Parts): Status {
  const { joined, address, place, session, ensemble, membership, neighbours, rolling, reconciler } = parts
  const members = neighbours.members()
  const awayFor = ensemble.awayFor()
  const recovery = parts.controllers.recovery.keeps()
  return composeStatus({
    ...{ joined, address, membership, session: session.state(), url: parts.current() },
    managed: place.ensemble().kind === 'managed',
    roles: place.facts().roles,
    away: awayFor > awayMs,
    lost: majorityLost(membership.cluster(), members, awayFor, recovery?.leftOut),
    services: parts.supervisor.status(),
    leads: parts.leads.names(),
    held: reconciler.plan().held,
    others: otherProblems({
      ...{ rival: parts.nodes.problem(), plan: reconciler.problem(), rollouts: rolling.problem() },
      ...{ recovery, own: joined.name },
    }),
    staleDns: parts.masters.cause,
    neighbour: addressOfMember(members, joined.name),
    packages: parts.packages.status(),
    ...parts.planner.outlook(),
    rollout: rolling.status(),
    maintenance: parts.maintenance.status(),
    dns: parts.names.status(),
  })
}
