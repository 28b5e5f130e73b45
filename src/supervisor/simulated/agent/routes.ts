import type { Realm } from '../authentication.ts'
import { mesosBuild } from '../build.ts'
import { empty, json, methodNotAllowed, notFound, plain } from '../http.ts'
import type { Agent } from './agent.ts'
import { containersOf, metricsOf, stateOf, statisticsOf } from './render.ts'

type Answer = (agent: Agent) => Response

/** Below `/` and below `/slave(1)/`. */
const routes: Record<string, Answer> = {
  '/health': () => empty(),
  '/version': () => json(mesosBuild),
  '/flags': ({ flags }) => json({ flags: Object.fromEntries(flags) }),
  '/metrics/snapshot': (agent) => json(metricsOf(agent)),
  '/state': (agent) =>
    agent.recoverySecs === undefined ? plain('Agent has not finished recovery', 503) : json(stateOf(agent)),
  '/containers': (agent) => json(containersOf(agent)),
  '/monitor/statistics': (agent) => json(statisticsOf(agent)),
}

const unguarded = new Set(['/health', '/version'])

const calls: Record<string, (agent: Agent) => Response> = {
  GET_HEALTH: () => json({ type: 'GET_HEALTH', get_health: { healthy: true } }),
  GET_VERSION: () => json({ type: 'GET_VERSION', get_version: { version_info: mesosBuild } }),
  GET_METRICS: (agent) =>
    json({
      type: 'GET_METRICS',
      get_metrics: { metrics: Object.entries(metricsOf(agent)).map(([name, value]) => ({ name, value })) },
    }),
}

/** Answers one HTTP request in the way of mesos-agent. */
export async function answer(agent: Agent, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const path = decodeURIComponent(pathname).replace(/^\/slave\(1\)\//, '/')
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  const refusal = agent.gate(request, realmOf(path))
  if (refusal) return refusal
  if (path === '/api/v1') return operatorApi(agent, request)
  if (!route) return notFound()
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed(request.method, 'GET')
  return route(agent)
}

function realmOf(path: string): Realm | undefined {
  if (path === '/api/v1') return 'readwrite'
  return Object.hasOwn(routes, path) && !unguarded.has(path) ? 'readonly' : undefined
}

async function operatorApi(agent: Agent, request: Request): Promise<Response> {
  if (request.method !== 'POST') return methodNotAllowed(request.method, 'POST')
  if (agent.recoverySecs === undefined) return plain('Agent has not finished recovery', 503)
  let type: unknown
  try {
    type = JSON.parse(await request.text())?.type
  } catch {
    return plain('Failed to parse body into JSON', 400)
  }
  const call = typeof type === 'string' && Object.hasOwn(calls, type) ? calls[type] : undefined
  return call ? call(agent) : plain(`Failed to validate agent::Call: '${type}' is not known`, 400)
}
