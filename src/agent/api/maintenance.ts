import { z } from '@hono/zod-openapi'
import type { Maintenance, MaintenanceStatus } from '../maintenance/mode.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { maintenanceSchema } from './schema/service.ts'

/** How the machine is; empty when there is no maintenance. */
export type Report = { maintenance?: MaintenanceStatus }

const answers = json('How the machine is.', z.object({ maintenance: maintenanceSchema.optional() }))

const show = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells whether this machine takes tasks',
  responses: answers,
})
const change = createRoute({
  method: 'post',
  path: '/',
  summary: 'Begins or ends the maintenance, and answers at once, whatever is left to do',
  request: body(z.strictObject({ on: z.boolean(), why: z.string().max(500).optional() })),
  responses: answers,
})

export function maintenanceRoutes(maintenance: () => Maintenance | undefined): Routes {
  const routes = openRoutes()
  const mode = onceBorn(maintenance, 'change the maintenance of this machine')
  const report = (): Report => {
    const status = mode().status()
    return status ? { maintenance: status } : {}
  }
  routes.openapi(show, (c) => c.json(report(), 200))
  routes.openapi(change, (c) => {
    const { on, why } = c.req.valid('json')
    if (on) mode().on(why)
    else mode().off()
    return c.json(report(), 200)
  })
  return routes
}
