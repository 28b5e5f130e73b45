import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, misuse } from '../../error.ts'
import type { Maintenance, MaintenanceStatus } from '../maintenance/mode.ts'

/** How the machine is; empty when there is no maintenance. */
export type Report = { maintenance?: MaintenanceStatus }

const bodySchema = z.strictObject({ on: z.boolean(), why: z.string().max(500).optional() })

/** `GET /` tells of it, `POST /` begins or ends it; both answer at once, whatever is left to do. */
export function maintenanceRoutes(maintenance: () => Maintenance | undefined): Hono {
  const routes = new Hono()
  const mode = () => {
    const found = maintenance()
    if (found) return found
    throw new MeshboxError({
      code: 'zk-forming',
      message: 'cannot change the maintenance of this machine: the cluster is not born yet',
      hint: 'run `meshbox status` to see who is waited for',
    })
  }
  const report = (): Report => {
    const status = mode().status()
    return status ? { maintenance: status } : {}
  }
  routes.get('/', (c) => c.json(report()))
  routes.post('/', async (c) => {
    const body = bodySchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success)
      throw misuse('maintenance-request', 'cannot change the maintenance: the body must be {"on": boolean}')
    if (body.data.on) mode().on(body.data.why)
    else mode().off()
    return c.json(report())
  })
  return routes
}
