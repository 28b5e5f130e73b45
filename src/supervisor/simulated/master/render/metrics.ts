import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { add, scalarOf, sum } from '../../resources.ts'
import { isActive, offeredOn, usedOn } from '../cluster.ts'
import { type Master, now } from '../master.ts'
import names from './metric-names.json'

/** `/metrics/snapshot`: every name of the recorded one, most of them 0, those that are read by somebody alive. */
export function metrics(master: Master): Record<string, number> {
  const values: Record<string, number> = Object.fromEntries(names.always.map((name) => [name, 0]))
  for (const { info } of master.cluster.frameworks.values()) {
    for (const name of names.framework) values[`master/frameworks/${info.name}/${info.id}/${name}`] = 0
  }
  return Object.assign(values, alive(master), system(), registrar(master))
}

function alive(master: Master): Record<string, number> {
  const { cluster, counters } = master
  const agents = [...cluster.agents.values()]
  const frameworks = [...cluster.frameworks.values()]
  const tasks = frameworks.flatMap((framework) => [...framework.tasks.values()])
  const live = (state: string) => tasks.filter((task) => task.state === state).length
  const of = (name: string) => counters.get(name) ?? 0
  const total = sum(agents.filter(isActive).map(({ info }) => info.resources))
  const used = sum(agents.map(({ id }) => add(usedOn(cluster, id), offeredOn(cluster, id))))
  const values: Record<string, number> = {
    'master/elected': master.electedTime === undefined ? 0 : 1,
    'master/uptime_secs': now(master) - master.startTime,
    'master/frameworks_active': frameworks.filter((each) => each.connected).length,
    'master/frameworks_connected': frameworks.filter((each) => each.connected).length,
    'master/frameworks_disconnected': frameworks.filter((each) => !each.connected).length,
    'master/frameworks_inactive': frameworks.filter((each) => !each.connected).length,
    'master/slaves_active': agents.filter(isActive).length,
    'master/slaves_connected': agents.filter((agent) => agent.connected).length,
    'master/slaves_disconnected': agents.filter((agent) => !agent.connected).length,
    'master/slaves_inactive': agents.filter((agent) => !isActive(agent)).length,
    'master/slaves_unreachable': cluster.unreachable.size,
    'master/tasks_staging': live('TASK_STAGING'),
    'master/tasks_starting': live('TASK_STARTING'),
    'master/tasks_running': live('TASK_RUNNING'),
    'master/tasks_killing': live('TASK_KILLING'),
    'master/tasks_finished': of('tasks:TASK_FINISHED'),
    'master/tasks_failed': of('tasks:TASK_FAILED'),
    'master/tasks_killed': of('tasks:TASK_KILLED'),
    'master/tasks_lost': of('tasks:TASK_LOST'),
    'master/outstanding_offers': cluster.offers.size,
    'master/operator_event_stream_subscribers': master.events.subscribers(),
  }
  for (const name of ['cpus', 'mem', 'disk', 'gpus']) {
    const all = scalarOf(total, name)
    values[`master/${name}_total`] = all
    values[`master/${name}_used`] = scalarOf(used, name)
    values[`master/${name}_percent`] = all > 0 ? scalarOf(used, name) / all : 0
  }
  for (const [name, value] of counters) if (!name.includes(':')) values[`master/${name}`] = value
  return values
}

function registrar(master: Master): Record<string, number> {
  const common = {
    'registrar/log/recovered': master.log.recovered() ? 1 : 0,
    'registrar/log/ensemble_size': master.log.memberCount(),
  }
  const kept = master.recovered ? master.registrar.metrics() : undefined
  if (!kept) return common
  const sorted = [...kept.storeMs].sort((a, b) => a - b)
  const share = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  const timer = 'registrar/state_store_ms'
  return {
    ...common,
    'registrar/queued_operations': kept.queued,
    'registrar/registry_size_bytes': kept.bytes,
    'registrar/state_fetch_ms': kept.fetchMs,
    [timer]: kept.storeMs.at(-1) ?? 0,
    [`${timer}/count`]: sorted.length,
    [`${timer}/max`]: sorted.at(-1) ?? 0,
    [`${timer}/min`]: sorted[0] ?? 0,
    [`${timer}/p50`]: share(0.5),
    [`${timer}/p90`]: share(0.9),
    [`${timer}/p95`]: share(0.95),
    [`${timer}/p99`]: share(0.99),
    [`${timer}/p999`]: share(0.999),
    [`${timer}/p9999`]: share(0.9999),
  }
}

/** `system/*`, on masters and agents alike. */
export function system(): Record<string, number> {
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    'system/cpus_total': cpus().length,
    'system/load_1min': one,
    'system/load_5min': five,
    'system/load_15min': fifteen,
    'system/mem_free_bytes': freemem(),
    'system/mem_total_bytes': totalmem(),
  }
}
