import { Hono } from 'hono'
import { z } from 'zod'
import { misuse } from '../../error.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'

/** The services of this machine, and the hand that starts and stops them. */
export type Services = Pick<Supervisor, 'status' | 'start' | 'stop' | 'restart'>

/** `{"names": [...]}`; all services when it is left out. */
const bodySchema = z.strictObject({ names: z.array(z.string()).min(1).optional() })

/** `GET /` lists them; `POST /start`, `/stop` and `/restart` answer when it is done, with the list. */
export function serviceRoutes(services: Services): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.json<ServiceStatus[]>(services.status()))
  for (const verb of ['start', 'stop', 'restart'] as const)
    routes.post(`/${verb}`, async (c) => {
      const body = bodySchema.safeParse(await c.req.json().catch(() => undefined))
      if (!body.success)
        throw misuse('service-request', `cannot ${verb} services: the body must be {"names": [string, …]}`)
      await services[verb](body.data.names ?? services.status().map(({ name }) => name))
      return c.json<ServiceStatus[]>(services.status())
    })
  return routes
}
