import { add, fixed, type Resource, scalarOf, subtract, unreserved } from '../resources.ts'
import { type Cluster, consumedBy, isActive, type OpenOffer, offeredOn, usedOn } from './cluster.ts'

/** `--min_allocatable_resources`: less than that of both is not worth an offer. */
const least = { cpus: 0.01, mem: 32 }

/** Everything that is free now goes to the frameworks that want it, the one with the fewest tasks first. */
export function makeOffers(cluster: Cluster, newId: () => string): OpenOffer[] {
  const wanting = [...cluster.frameworks.values()]
    .filter((framework) => framework.connected && framework.wantsOffers)
    .sort((a, b) => a.tasks.size - b.tasks.size)
  const made: OpenOffer[] = []
  for (const { info } of wanting) {
    for (const agent of cluster.agents.values()) {
      if (!isActive(agent)) continue
      const taken = add(usedOn(cluster, agent.id), offeredOn(cluster, agent.id))
      const all = subtract(agent.info.resources, taken).filter(
        ({ role, value }) =>
          (role === '*' || info.roles.includes(role)) && !(typeof value === 'number' && value < 0),
      )
      const free = withinLimits(cluster, info.roles[0] ?? '*', all)
      if (scalarOf(free, 'cpus') < least.cpus && scalarOf(free, 'mem') < least.mem) continue
      const offer = { id: newId(), agentId: agent.id, frameworkId: info.id, resources: free }
      cluster.offers.set(offer.id, offer)
      made.push(offer)
    }
  }
  return made
}

/**
 * No more of what is not reserved than the limits of the role leave. A framework starts its tasks under its first role.
 * Unlike the original's, a guarantee holds nothing back from the others.
 */
function withinLimits(cluster: Cluster, role: string, free: Resource[]): Resource[] {
  const { limits } = cluster.quotas.get(role) ?? {}
  if (!limits) return free
  const offered = [...cluster.offers.values()].filter(
    ({ frameworkId }) => (cluster.frameworks.get(frameworkId)?.info.roles[0] ?? '*') === role,
  )
  const taken = [...consumedBy(cluster, role), ...offered.flatMap(({ resources }) => unreserved(resources))]
  return free.flatMap((each) => {
    const limit = limits[each.name]
    if (limit === undefined || each.role !== '*' || typeof each.value !== 'number') return [each]
    const left = fixed(limit - scalarOf(taken, each.name))
    return left > 0 ? [{ ...each, value: Math.min(each.value, left) }] : []
  })
}

/** Whether what the tasks ask for is in the offers. */
export function fits(offered: Resource[], wanted: Resource[]): boolean {
  return (
    subtract(offered, wanted).every(({ value }) => typeof value !== 'number' || value >= 0) &&
    wanted.every((each) => offered.some(({ name, role }) => name === each.name && role === each.role))
  )
}
