import { z } from '@hono/zod-openapi'
import type { Planner } from '../plan/planner.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { actionSchema } from './schema/document.ts'

const answers = json('What has to happen on this machine.', z.array(actionSchema))

const now = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells what the document changes here',
  responses: answers,
})
const would = createRoute({
  method: 'post',
  path: '/',
  summary: 'Tells what another text would change here',
  request: body(z.strictObject({ text: z.string() })),
  responses: answers,
})
export function planRoutes(planner: () => Pick<Planner, 'actions'> | undefined): Routes {
  const routes = openRoutes()
  const found = onceBorn(planner, 'plan')
  routes.openapi(now, (c) => c.json(found().actions(), 200))
  routes.openapi(would, (c) => c.json(found().actions(c.req.valid('json').text), 200))
  return routes
}
