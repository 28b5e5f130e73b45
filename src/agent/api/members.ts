import { Hono } from 'hono'
import { z } from 'zod'
import { misuse } from '../../error.ts'
import type { Neighbours } from '../neighbours.ts'

const forgetSchema = z.strictObject({ name: z.string().min(1) })

/** `GET /` lists the machines that gossip knows, `GET /events` follows them, `POST /forget` is for a dead one. */
export function memberRoutes(neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'forget'>): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.json(neighbours.members()))
  routes.get('/events', () => lines((say) => neighbours.onEvent(say)))
  routes.post('/forget', async (c) => {
    const body = forgetSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) throw misuse('forget-request', 'cannot forget: the body must be {"name": string}')
    neighbours.forget(body.data.name)
    return c.json({ forgotten: body.data.name })
  })
  return routes
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
