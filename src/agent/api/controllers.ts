import { z } from '@hono/zod-openapi'
import { MeshboxError } from '../../error.ts'
import { wishSchema } from '../controllers/begin.ts'
import type { Controllers } from '../controllers/open.ts'
import { diskReplySchema, diskRequestSchema, type Recovery } from '../controllers/recover.ts'
import type { PeerGuard } from '../peer/guard.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { controllersReportSchema, diskRowSchema, stepSchema } from './schema/controllers.ts'

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

const disks = createRoute({
  method: 'get',
  path: '/disks',
  summary: 'Tells what the disk of each controller holds, when their majority is gone',
  responses: json('The disks.', z.object({ disks: z.array(diskRowSchema) })),
})
const recover = createRoute({
  method: 'post',
  path: '/recover',
  summary: "Makes an ensemble of this machine's disk alone; copies of the others are kept",
  responses: json('Where the copies are.', z.object({ kept: z.array(z.string()) })),
})
const disk = createRoute({
  method: 'post',
  path: '/disk',
  summary: 'Tells another machine what the disk of this one holds, or has a copy made of it',
  description: 'For machines alone: with a key it is a sealed letter.',
  request: body(diskRequestSchema),
  responses: json('What it holds.', diskReplySchema),
})

/** What a machine whose ensemble has lost its majority asks the others. */
export function diskRoutes(found: () => Pick<Recovery, 'tell'> | undefined, guard: PeerGuard): Routes {
  return openRoutes().openapi({ ...disk, middleware: guard }, async (c) => {
    const told = await found()?.tell(c.req.valid('json'))
    if (told) return c.json(told, 200)
    throw new MeshboxError({ code: 'zk-forming', message: 'cannot tell of the disk: nothing is born yet' })
  })
}

export function controllerRoutes(
  found: () => Changes | undefined,
  recovery: () => Pick<Recovery, 'look' | 'run'> | undefined,
): Routes {
  const routes = openRoutes()
  const controllers = onceBorn(found, 'look at the controllers')
  routes.openapi(show, async (c) => {
    const change = controllers().report()
    return c.json({ controllers: await controllers().list(), ...(change ? { change } : {}) }, 200)
  })
  routes.openapi(plan, (c) => c.json({ steps: controllers().plan(c.req.valid('json')) }, 200))
  routes.openapi(undo, async (c) => c.json(await controllers().undo(), 200))
  routes.openapi(begin, async (c) => c.json(await controllers().begin(c.req.valid('json')), 200))
  routes.openapi(disks, async (c) => c.json({ disks: (await recovery()?.look()) ?? [] }, 200))
  routes.openapi(recover, async (c) => c.json((await recovery()?.run()) ?? { kept: [] }, 200))
  return routes
}
