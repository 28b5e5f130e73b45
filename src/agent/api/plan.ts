import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, misuse } from '../../error.ts'
import type { Planner } from '../plan/planner.ts'

const bodySchema = z.strictObject({ text: z.string() })

/** `GET /` what the document changes here, `POST /` what a text would. */
export function planRoutes(planner: () => Pick<Planner, 'actions'> | undefined): Hono {
  const routes = new Hono()
  const now = () => {
    const found = planner()
    if (found) return found
    throw new MeshboxError({
      code: 'zk-forming',
      message: 'cannot plan: the cluster is not born yet',
      hint: 'run `meshbox status` to see who is waited for',
    })
  }
  routes.get('/', (c) => c.json(now().actions()))
  routes.post('/', async (c) => {
    const body = bodySchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) throw misuse('plan-request', 'cannot plan: the body must be {"text": string}')
    return c.json(now().actions(body.data.text))
  })
  return routes
}
