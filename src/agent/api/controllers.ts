import { z } from '@hono/zod-openapi'
import { MeshboxError } from '../../error.ts'
import { wishSchema } from '../controllers/begin.ts'
import type { Controllers } from '../controllers/open.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { controllersReportSchema, stepSchema } from './schema/controllers.ts'

type Changes = Pick<Controllers, 'list' | 'plan' | 'begin' | 'undo' | 'report'>

const begun = json('Under way.', z.object({ id: z.string() }))

const show = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells who the controllers are, and how a change of them is going',
  responses: json('The controllers.', controllersReportSchema),
})
const plan = createRoute({
  method: 'post',
  path: '/plan',
  summary: 'Tells what a change of controllers would do, step by step',
  request: body(wishSchema),
  responses: json('The steps.', z.object({ steps: z.array(stepSchema) })),
})
const begin = createRoute({
  method: 'post',
  path: '/',
  summary: 'Begins a change of controllers, which goes on by itself',
  request: body(wishSchema),
  responses: begun,
})
const undo = createRoute({
  method: 'post',
  path: '/undo',
  summary: 'Takes the change that is under way back, from where it is',
  responses: begun,
})

export function controllerRoutes(found: () => Changes | undefined): Routes {
  const routes = openRoutes()
  const controllers = () => {
    const now = found()
    if (now) return now
    throw new MeshboxError({
      code: 'zk-forming',
      message: 'cannot look at the controllers: the cluster is not born yet',
      hint: 'run `meshbox status` to see who is waited for',
    })
  }
  routes.openapi(show, async (c) => {
    const change = controllers().report()
    return c.json({ controllers: await controllers().list(), ...(change ? { change } : {}) }, 200)
  })
  routes.openapi(plan, (c) => c.json({ steps: controllers().plan(c.req.valid('json')) }, 200))
  routes.openapi(undo, async (c) => c.json(await controllers().undo(), 200))
  routes.openapi(begin, async (c) => c.json(await controllers().begin(c.req.valid('json')), 200))
  return routes
}
