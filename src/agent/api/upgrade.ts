import { z } from '@hono/zod-openapi'
import { type UpgradeStatus, upgradeSchema } from '../upgrade/report.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'

/** Which release, and from where. */
const wishSchema = z.strictObject({ version: z.string(), source: z.string(), timeoutSeconds: z.int().min(1) })

export type UpgradeWish = z.output<typeof wishSchema>

/** The upgrade of this machine. */
export type Upgrades = {
  /** @throws MeshboxError when this machine cannot */
  begin(wish: UpgradeWish): void
  status(): UpgradeStatus
}

const show = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells how the last upgrade of this machine went, or goes',
  responses: json('How far it is.', upgradeSchema),
})
const begin = createRoute({
  method: 'post',
  path: '/',
  summary: 'Has this machine upgrade itself: its agent ends, and the new one answers',
  request: body(wishSchema),
  responses: json('It has begun.', upgradeSchema),
})

export function upgradeRoutes(upgrades: Upgrades): Routes {
  const routes = openRoutes()
  routes.openapi(show, (c) => c.json(upgrades.status(), 200))
  routes.openapi(begin, (c) => {
    upgrades.begin(c.req.valid('json'))
    return c.json(upgrades.status(), 200)
  })
  return routes
}
