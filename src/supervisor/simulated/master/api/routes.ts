import { joinHostPort } from '../../../../config/address.ts'
import type { Realm } from '../../authentication.ts'
import { mesosBuild } from '../../build.ts'
import { empty, json, methodNotAllowed, notFound, plain } from '../../http.ts'
import type { Master } from '../master.ts'
import { setWeights } from '../registry.ts'
import { metrics } from '../render/metrics.ts'
import { maintenanceSchedule, maintenanceStatusOf } from './maintenance.ts'
import { quota } from './quota.ts'
import { frameworksOf, rolesOf, slavesOf, stateOf, stateSummaryOf, tasksOf } from './state.ts'
import { operatorApi } from './v1.ts'

type Route = {
  methods: string[]
  /** Answered by the leader alone; the others send there. */
  leader?: boolean
  realm?: Realm
  answer(master: Master, request: Request, url: URL): Response | Promise<Response>
}

type Answer = Route['answer']
const open = (answer: Answer): Route => ({ methods: ['GET', 'HEAD'], answer })
const get = (answer: Answer): Route => ({ ...open(answer), realm: 'readonly' })
const ofLeader = (answer: Answer): Route => ({ ...get(answer), leader: true })
/** Guarded as a change, also where it only reads. */
const changing = (answer: Answer, ...methods: string[]): Route => ({
  methods,
  leader: true,
  realm: 'readwrite',
  answer,
})

/** Below `/` and below `/master/`. */
const routes: Record<string, Route> = {
  '/health': open(() => empty()),
  '/version': open(() => json(mesosBuild)),
  '/flags': get(({ flags }) => json({ flags: Object.fromEntries(flags) })),
  '/metrics/snapshot': get((master) => json(metrics(master))),
  '/redirect': { methods: ['GET', 'HEAD', 'POST'], answer: (master) => redirect(master, '') },
  '/state': ofLeader((master) => json(stateOf(master))),
  '/state-summary': ofLeader((master) => json(stateSummaryOf(master))),
  '/slaves': ofLeader((master) => json(slavesOf(master))),
  '/frameworks': ofLeader((master) => json(frameworksOf(master))),
  '/tasks': ofLeader((master, _, url) => json(tasksOf(master, url.searchParams))),
  '/roles': ofLeader((master) => json(rolesOf(master))),
  '/weights': changing(weights, 'GET', 'PUT'),
  '/quota': changing(quota, 'GET', 'POST', 'DELETE'),
  '/maintenance/status': ofLeader((master) => json(maintenanceStatusOf(master))),
  '/maintenance/schedule': changing(maintenanceSchedule, 'GET', 'POST'),
  '/api/v1': changing(operatorApi, 'POST'),
}

/** Answers one HTTP request in the way of mesos-master. */
export async function answer(master: Master, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const path = url.pathname.startsWith('/master/') ? url.pathname.slice('/master'.length) : url.pathname
  const name = path.startsWith('/quota/') ? '/quota' : path
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (!route) return notFound()
  const refusal = master.gate(request, route.realm)
  if (refusal) return refusal
  if (route.leader && master.electedTime === undefined) return redirect(master, `/master${path}`)
  if (!route.methods.includes(request.method))
    return methodNotAllowed(request.method, route.methods.join("', '"))
  return route.answer(master, request, url)
}

function redirect({ leader }: Master, path: string): Response {
  if (!leader) return plain('No leader elected', 503)
  return new Response(null, {
    status: 307,
    headers: { Location: `//${joinHostPort(leader.hostname, leader.port)}${path}` },
  })
}

async function weights(master: Master, request: Request): Promise<Response> {
  if (request.method === 'GET') return json(master.registrar.registry()?.weights ?? [])
  if (!master.recovered) return plain('Master has not finished recovery', 503)
  let list: { role: string; weight: number }[]
  try {
    list = JSON.parse(await request.text())
  } catch {
    return plain('Failed to parse update weights request: the body is not JSON', 400)
  }
  const valid =
    Array.isArray(list) &&
    list.every(({ role, weight }) => typeof role === 'string' && typeof weight === 'number' && weight > 0)
  if (!valid) return plain('Failed to convert weights JSON array to protobuf', 400)
  await master.registrar.apply((registry) => setWeights(registry, list))
  return empty()
}
