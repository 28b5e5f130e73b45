import { formatDuration } from '../flags/duration.ts'
import { milliseconds } from '../flags/mesos.ts'
import { type Master, now } from './master.ts'
import { awaitRecovered } from './observe.ts'
import { expire } from './schedulers.ts'

/** From the election on: fetches the registry, then agents and schedulers are taken in. */
export async function lead(master: Master, fail: (why: string) => void): Promise<void> {
  const { flags, glog, clock, registrar, cluster } = master
  master.electedTime = now(master)
  glog.info('master.cpp:1670', 'Recovering from registrar')
  const timeoutMs = milliseconds(flags, 'registry_fetch_timeout')
  const cancel = clock.after(timeoutMs, () => {
    const within = formatDuration(timeoutMs * 1e6)
    fail(`Recovery failed: Failed to recover registrar: Failed to perform fetch within ${within}`)
  })
  const registry = await registrar.recover()
  cancel()
  if (!registry) return
  for (const { role, guarantees, limits } of registry.quotas) cluster.quotas.set(role, { guarantees, limits })
  const bytes = Buffer.byteLength(JSON.stringify(registry))
  glog.info('registrar.cpp:383', `Successfully fetched the registry (${bytes}B)`)
  glog.info('registrar.cpp:416', 'Successfully recovered registrar')
  const weights = (flags.get('weights') ?? '').split(',').flatMap((pair) => {
    const [role, weight] = pair.split('=')
    return role && weight ? [{ role, weight: Number(weight) }] : []
  })
  // Flags only count while the registry has none, as with the original.
  await registrar.apply((current) =>
    current.weights.length > 0 || weights.length === 0 ? { ...current } : { ...current, weights },
  )
  for (const { id, info } of registry.agents)
    if (!cluster.agents.has(id)) cluster.recovered.set(id, { id, info })
  for (const each of registry.unreachable) cluster.unreachable.set(each.id, each)
  const patience = flags.get('agent_reregister_timeout')
  glog.info(
    'master.cpp:1823',
    `Recovered ${registry.agents.length} agents from the registry (${bytes}B); allowing ${patience} for agents to reregister`,
  )
  awaitRecovered(master)
  for (const framework of cluster.frameworks.values()) expire(master, framework)
  master.recovered = true
}
