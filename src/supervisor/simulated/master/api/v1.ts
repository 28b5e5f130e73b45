import { mesosBuild } from '../../build.ts'
import { empty, json, plain } from '../../http.ts'
import type { DrainConfig } from '../../wire/model.ts'
import { deactivate, drain, reactivate } from '../drain.ts'
import type { Master } from '../master.ts'
import { setWeights } from '../registry.ts'
import { metrics } from '../render/metrics.ts'
import { v1State } from '../render/v1.ts'
import { removeFramework } from '../schedulers.ts'
import { maintenanceStatusOf, scheduleOf, updateSchedule } from './maintenance.ts'
import { quotaStatusOf, removeQuota, setQuota, updateQuota } from './quota.ts'
import { masterCapabilities } from './state.ts'

type Id = { value: string }
type Call = {
  type?: string
  drain_agent?: { agent_id: Id; max_grace_period?: { nanoseconds: number }; mark_gone?: boolean }
  deactivate_agent?: { agent_id: Id }
  reactivate_agent?: { agent_id: Id }
  mark_agent_gone?: { agent_id: Id }
  update_weights?: { weight_infos: { role: string; weight: number }[] }
  set_quota?: { quota_request?: unknown }
  update_quota?: unknown
  remove_quota?: { role?: string }
  update_maintenance_schedule?: { schedule?: unknown }
  teardown?: { framework_id: Id }
}

/** `POST /api/v1`, the operator API. */
export async function operatorApi(master: Master, request: Request): Promise<Response> {
  let call: Call
  try {
    call = JSON.parse(await request.text())
  } catch (error) {
    return plain(`Failed to parse body into JSON: ${error instanceof Error ? error.message : error}`, 400)
  }
  if (!master.recovered) return plain('Master has not finished recovery', 503)
  const handler = Object.hasOwn(calls, call.type ?? '') ? calls[call.type ?? ''] : undefined
  if (!handler)
    return plain(
      `Failed to validate master::Call: Expecting 'type' to be one that is known, not '${call.type}'`,
      400,
    )
  return handler(master, call)
}

const missing = (member: string): Response =>
  plain(`Failed to validate master::Call: Expecting '${member}' to be present`, 400)
const unknownAgent = (id: string): Response => plain(`Agent '${id}' not found`, 404)

const calls: Record<string, (master: Master, call: Call) => Response | Promise<Response>> = {
  GET_HEALTH: () => json({ type: 'GET_HEALTH', get_health: { healthy: true } }),
  GET_VERSION: () => json({ type: 'GET_VERSION', get_version: { version_info: mesosBuild } }),
  GET_FLAGS: ({ flags }) =>
    json({ type: 'GET_FLAGS', get_flags: { flags: [...flags].map(([name, value]) => ({ name, value })) } }),
  GET_METRICS: (master) =>
    json({
      type: 'GET_METRICS',
      get_metrics: { metrics: Object.entries(metrics(master)).map(([name, value]) => ({ name, value })) },
    }),
  GET_MASTER: (master) => json({ type: 'GET_MASTER', get_master: masterMember(master) }),
  GET_STATE: ({ cluster }) => json({ type: 'GET_STATE', get_state: v1State(cluster) }),
  GET_TASKS: ({ cluster }) => json({ type: 'GET_TASKS', get_tasks: v1State(cluster).get_tasks }),
  GET_AGENTS: ({ cluster }) => json({ type: 'GET_AGENTS', get_agents: v1State(cluster).get_agents }),
  GET_FRAMEWORKS: ({ cluster }) =>
    json({ type: 'GET_FRAMEWORKS', get_frameworks: v1State(cluster).get_frameworks }),
  GET_WEIGHTS: ({ registrar }) =>
    json({ type: 'GET_WEIGHTS', get_weights: { weight_infos: registrar.registry()?.weights ?? [] } }),
  GET_QUOTA: (master) => json({ type: 'GET_QUOTA', get_quota: { status: quotaStatusOf(master) } }),
  GET_MAINTENANCE_STATUS: (master) =>
    json({
      type: 'GET_MAINTENANCE_STATUS',
      get_maintenance_status: { status: maintenanceStatusOf(master) },
    }),
  GET_MAINTENANCE_SCHEDULE: (master) =>
    json({
      type: 'GET_MAINTENANCE_SCHEDULE',
      get_maintenance_schedule: { schedule: scheduleOf(master) },
    }),
  SUBSCRIBE: (master) => {
    const body = master.events.subscribe({
      type: 'SUBSCRIBED',
      subscribed: { get_state: v1State(master.cluster) },
    })
    return new Response(body, { headers: { 'Content-Type': 'application/json' } })
  },
  async DRAIN_AGENT(master, { drain_agent: about }) {
    if (!about) return missing('drain_agent')
    const grace = about.max_grace_period
    const config: DrainConfig = {
      maxGraceMs: grace === undefined ? undefined : grace.nanoseconds / 1e6,
      markGone: about.mark_gone ?? false,
    }
    return (await drain(master, about.agent_id.value, config)) ? empty() : unknownAgent(about.agent_id.value)
  },
  async DEACTIVATE_AGENT(master, { deactivate_agent: about }) {
    if (!about) return missing('deactivate_agent')
    const agent = master.cluster.agents.get(about.agent_id.value)
    if (!agent) return unknownAgent(about.agent_id.value)
    await deactivate(master, agent)
    return empty()
  },
  async REACTIVATE_AGENT(master, { reactivate_agent: about }) {
    if (!about) return missing('reactivate_agent')
    return (await reactivate(master, about.agent_id.value)) ? empty() : unknownAgent(about.agent_id.value)
  },
  MARK_AGENT_GONE(master, { mark_agent_gone: about }) {
    if (!about) return missing('mark_agent_gone')
    const peer = master.agents.get(about.agent_id.value)
    if (!peer) return unknownAgent(about.agent_id.value)
    peer.send({ type: 'shutdown', message: 'Agent has been marked gone' })
    return empty()
  },
  async UPDATE_WEIGHTS(master, { update_weights: about }) {
    if (!about) return missing('update_weights')
    await master.registrar.apply((registry) => setWeights(registry, about.weight_infos))
    return empty()
  },
  SET_QUOTA: (master, { set_quota: about }) =>
    about ? setQuota(master, about.quota_request) : missing('set_quota'),
  UPDATE_QUOTA: (master, { update_quota: about }) =>
    about ? updateQuota(master, about) : missing('update_quota'),
  REMOVE_QUOTA: (master, { remove_quota: about }) =>
    about ? removeQuota(master, about.role ?? '') : missing('remove_quota'),
  UPDATE_MAINTENANCE_SCHEDULE: (master, { update_maintenance_schedule: about }) =>
    about ? updateSchedule(master, about.schedule) : missing('update_maintenance_schedule'),
  TEARDOWN(master, { teardown: about }) {
    if (!about) return missing('teardown')
    const framework = master.cluster.frameworks.get(about.framework_id.value)
    if (!framework) return plain('No framework found with specified ID', 400)
    removeFramework(master, framework)
    return empty()
  },
}

function masterMember({ info, startTime, electedTime }: Master) {
  return {
    master_info: {
      id: info.id,
      ip: littleEndian(info.ip),
      port: info.port,
      pid: info.pid,
      hostname: info.hostname,
      version: mesosBuild.version,
      address: { hostname: info.hostname, ip: info.ip, port: info.port },
      capabilities: masterCapabilities.map((type) => ({ type })),
    },
    start_time: startTime,
    ...(electedTime === undefined ? {} : { elected_time: electedTime }),
  }
}

/** The `ip` member: the address as a number with its first byte lowest; 0 for IPv6. */
export function littleEndian(ip: string): number {
  const bytes = ip.split('.').map(Number)
  return bytes.length === 4 ? bytes.reduceRight((number, byte) => number * 256 + byte, 0) : 0
}

/** What a master writes into its `json.info_*` znode. */
export function infoJson({ info }: Pick<Master, 'info'>): string {
  return JSON.stringify({
    address: { hostname: info.hostname, ip: info.ip, port: info.port },
    capabilities: masterCapabilities.map((type) => ({ type })),
    hostname: info.hostname,
    id: info.id,
    ip: littleEndian(info.ip),
    pid: info.pid,
    port: info.port,
    version: mesosBuild.version,
  })
}
