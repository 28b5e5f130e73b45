import { z } from '@hono/zod-openapi'
import { MeshboxError } from '../../error.ts'
import type { Controllers } from '../controllers/open.ts'
import type { Neighbours } from '../neighbours.ts'
import { body, createRoute, json, openRoutes, type Routes, stream } from './route.ts'
import { memberEventSchema, memberSchema } from './schema/member.ts'

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Lists the machines that gossip knows',
  responses: json('The machines, this one included.', z.array(memberSchema)),
})
const events = createRoute({
  method: 'get',
  path: '/events',
  summary: 'Follows the machines that gossip knows',
  responses: stream('One event a line, without an end.', 'application/x-ndjson', memberEventSchema),
})
const forget = createRoute({
  method: 'post',
  path: '/forget',
  summary: 'Makes all machines take a failed one for one that left',
  request: body(z.strictObject({ name: z.string().min(1) })),
  responses: json('It is forgotten.', z.object({ forgotten: z.string() })),
})

export function memberRoutes(
  neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'forget'>,
  controllers: () => Pick<Controllers, 'counts'> | undefined,
): Routes {
  const routes = openRoutes()
  routes.openapi(list, (c) => c.json(neighbours.members(), 200))
  routes.openapi(events, () => lines((say) => neighbours.onEvent(say)))
  routes.openapi(forget, (c) => {
    const { name } = c.req.valid('json')
    if (controllers()?.counts(name)) throw countedOn(name)
    neighbours.forget(name)
    return c.json({ forgotten: name }, 200)
  })
  return routes
}

/** Forgotten, it would be missed by every change of the control plane, and nobody would be told what to do. */
function countedOn(name: string): MeshboxError {
  return new MeshboxError({
    code: 'member-controller',
    message: `cannot forget ${name}: it is a controller, and the others count on it`,
    hint: `have another one take its place, \`meshbox controllers replace ${name} NODE --gone\`, or do without two, \`meshbox controllers remove ${name} OTHER --gone\``,
  })
}

/** One JSON text a line, for as long as somebody reads. */
function lines(follow: (say: (value: unknown) => void) => () => void): Response {
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(out) {
      stop = follow((value) => out.enqueue(Buffer.from(`${JSON.stringify(value)}\n`)))
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
}
