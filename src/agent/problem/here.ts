import type { HostLookupStatus } from '../../dns/host/wanted.ts'
import type { Held } from '../../supervisor/provider/choose.ts'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Kept } from '../controllers/recover.ts'
import type { DocumentStatus } from '../membership.ts'
import { silent, wayBack } from '../rollout/rollout.ts'
import type { RolloutStatus } from '../rollout/status.ts'
import type { Cause } from '../watch/masters.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

/** What the parts of the agent know, as far as it can be wrong. */
type Facts = {
  refused: Problem | undefined
  /** That ZooKeeper has no majority. */
  lost: Problem | undefined
  /** No session for so long that it is a problem. */
  away: boolean
  /** Whether this machine has ever met its cluster. */
  met: boolean
  url: string
  /** The address of a machine that has met a cluster, where gossip has found one. */
  neighbour: string | undefined
  others: Problem[]
  document: DocumentStatus | undefined
  services: ServiceStatus[]
  held: Held[]
  packages: PackageStatus[]
  rollout: RolloutStatus | undefined
  /** What starts anew here once this machine has its permit. */
  waits: string[]
  dns: { state: string; reason?: string; host: HostLookupStatus }
  /** Why DNS is stale, if it is. */
  staleDns: (zooKeeper: Problem | undefined) => Cause | undefined
}

/** What keeps this machine from being whole, worst first. `hard`: it is not ready while they last. */
export function problemsHere(facts: Facts): { hard: Problem[]; soft: Problem[] } {
  const { refused, lost, away, met, url, document, services, held, packages, rollout, dns } = facts
  const noZooKeeper = away && !lost && awayWhy()
  const stale = facts.staleDns(lost ?? (noZooKeeper || undefined))
  const hard = [
    refused,
    lost,
    noZooKeeper || undefined,
    ...facts.others,
    document?.problem && known.documentRefused(document.version, document.problem),
    ...services
      .filter(({ state }) => state === 'failed')
      .map((service) => known.serviceFailed(service.name, { reason: 'it has not told why', ...service })),
    ...held
      .filter(({ kind }) => kind === 'missing')
      .map(({ name, reason }) => known.serviceMissing(name, reason)),
    ...packages
      .filter(({ name, state }) => state === 'failed' && services.some((service) => service.name === name))
      .map(({ name, reason }) => known.packageFailed(name, reason ?? 'it cannot be had')),
    dns.state === 'failed' ? known.dnsFailed(dns.reason ?? 'its port cannot be had') : undefined,
    'reason' in dns.host ? known.lookUpsElsewhere(dns.host.reason) : undefined,
  ]
  // They say nothing against what runs.
  const soft = [
    rollout && standing(rollout, facts.waits),
    ...services
      .filter(({ state }) => state === 'backing-off')
      .map((service) => known.serviceFalls(service.name, { reason: 'it ends by itself', ...service })),
    stale && known.dnsStale(stale),
  ]
  return { hard: hard.filter(isThere), soft: soft.filter(isThere) }

  function awayWhy(): Problem {
    if (services.some(({ name, state }) => name === 'zookeeper' && state === 'stopped'))
      return known.zooKeeperStopped(url)
    return met ? known.zooKeeperAway(url) : known.wrongUrl(url, facts.neighbour)
  }
}

const isThere = (problem: Problem | '' | undefined): problem is Problem => Boolean(problem)

/** What an operator has to know: it does not go on by itself. */
function standing(rollout: RolloutStatus, waits: string[]): Problem | undefined {
  const { state, text, why = 'no reason was told', change, permit } = rollout
  const back = wayBack(rollout)
  const [late] = silent(rollout)
  if (state === 'halted') {
    // Beside one that has failed the others of its batch end their step.
    const hasFailed = Object.values(permit?.words ?? {}).some(({ kind }) => kind === 'failed')
    return known.rolloutHalted(text, why, back, hasFailed ? undefined : late?.name)
  }
  if (state !== 'aborted') return undefined
  if (late) return rollout.why === undefined ? undefined : known.rolloutOpen(text, why, late.name)
  if (change.kind !== 'document' || waits.length === 0) return undefined
  return known.rolloutAborted(text, typeof back === 'number' ? back : undefined)
}

/** What parts of the agent that have one word to say tell of. */
export function otherProblems({
  rival,
  plan,
  rollouts,
  recovery,
  own,
}: Record<'rival' | 'plan' | 'rollouts', string | undefined> & {
  recovery: Kept | undefined
  /** The name of this machine. */
  own: string
}): Problem[] {
  return [
    rival === undefined ? undefined : known.rival(rival),
    plan === undefined ? undefined : known.planFailed(plan),
    rollouts === undefined ? undefined : known.rolloutUnreadable(rollouts),
    recovery && keptBy(recovery, own),
  ].filter(isThere)
}

function keptBy({ programs, from, forgotten, leftOut }: Kept, own: string): Problem {
  if (leftOut) return known.leftOut(from)
  if (forgotten) return known.promiseForgotten(from, own)
  // The one that serves alone has no master yet.
  return known.recovering(programs.includes('zookeeper') ? 'ZooKeeper' : 'mesos-master', from)
}
