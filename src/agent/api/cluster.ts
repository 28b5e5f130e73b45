import { z } from '@hono/zod-openapi'
import { MeshboxError } from '../../error.ts'
import { type Request as BirthRequest, type Reply, replySchema, requestSchema } from '../birth/acceptor.ts'
import type { OtherMachine } from '../nodes/others.ts'
import type { PeerGuard } from '../peer/guard.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { type Events, topics } from './events.ts'
import { body, createRoute, json, openRoutes, type Routes, stream } from './route.ts'
import { clusterSchema, statusSchema } from './schema/status.ts'

const status = createRoute({
  method: 'get',
  path: '/status',
  summary: 'Shows how this machine is',
  responses: json('This machine.', statusSchema),
})
const cluster = createRoute({
  method: 'get',
  path: '/cluster',
  summary: 'Shows how the whole cluster is, as this machine knows it',
  responses: json('This machine, and what is known of the others.', clusterSchema),
})
const events = createRoute({
  method: 'get',
  path: '/events',
  summary: 'Tells what changes, as server-sent events',
  description: `Topics are ${topics.join(', ')}; the data of each is the whole of it in JSON, but of \`members\` what changed. First all of them are told, or with \`Last-Event-ID\` what came after that one. A client that does not read is told everything anew when it does.`,
  request: { headers: z.object({ 'last-event-id': z.string().optional() }) },
  responses: stream('Events without an end.', 'text/event-stream', z.string()),
})
const birth = createRoute({
  method: 'post',
  path: '/birth',
  summary: "Agrees with the other machines of the ZooKeeper URL on a cluster's birth",
  description: 'For machines alone: with a key it is a sealed letter.',
  request: body(requestSchema),
  responses: json('What this machine says to it.', replySchema),
})

export type Whole = {
  status(): Status
  /** The other machines of the cluster. */
  others(): Promise<OtherMachine[]>
  events: Pick<Events, 'follow'>
}

export function clusterRoutes(agent: Whole): Routes {
  const routes = openRoutes()
  routes.openapi(status, (c) => c.json(agent.status(), 200))
  routes.openapi(cluster, async (c) => {
    const whole: ClusterStatus = { ...agent.status(), others: await agent.others() }
    return c.json(whole, 200)
  })
  routes.openapi(events, (c) => {
    const text = agent.events.follow(c.req.valid('header')['last-event-id'])
    return new Response(text, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  })
  return routes
}

/** @param answer undefined while this machine takes no part in a birth */
export function birthRoutes(answer: (request: BirthRequest) => Reply | undefined, guard: PeerGuard): Routes {
  return openRoutes().openapi({ ...birth, middleware: guard }, (c) => {
    const reply = answer(c.req.valid('json'))
    if (reply) return c.json(reply, 200)
    throw new MeshboxError({
      code: 'birth-none',
      message: 'cannot take part in a birth: this machine takes no part in one now',
    })
  })
}
