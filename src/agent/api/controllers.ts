import { z } from '@hono/zod-openapi'
import { MeshboxError } from '../../error.ts'
import { wishSchema } from '../controllers/begin.ts'
import { diskReplySchema, diskRequestSchema } from '../controllers/disks.ts'
import type { Controllers } from '../controllers/open.ts'
import type { Recovery } from '../controllers/recover.ts'
import type { PeerGuard } from '../peer/guard.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import {
  controllersReportSchema,
  diskRowSchema,
  recoveryReportSchema,
  stepSchema,
} from './schema/controllers.ts'

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
  summary: "Begins to make an ensemble of this machine's disk alone; what is under way goes on",
  request: body(z.strictObject({ gone: z.boolean() })),
  responses: json('Under way.', recoveryReportSchema),
})
const recovery = createRoute({
  method: 'get',
  path: '/recover',
  summary: "Tells how the recovery from this machine's disk is going, or went, since its agent began",
  responses: json('How it is going.', recoveryReportSchema),
})
const disk = createRoute({
  method: 'post',
  path: '/disk',
  summary: 'Tells another machine what the disk of this one holds, or has it set aside for its recovery',
  description: 'For machines alone: with a key it is a sealed letter.',
  request: body(diskRequestSchema),
  responses: json('What it holds.', diskReplySchema),
})

/**
 * What a machine whose ensemble has lost its majority asks the others.
 * @param isServer whether this machine remembers an ensemble of which it is a server, which may run before `found` gives anything
 */
export function diskRoutes(
  found: () => Pick<Recovery, 'tell'> | undefined,
  isServer: () => boolean,
  guard: PeerGuard,
): Routes {
  return openRoutes().openapi({ ...disk, middleware: guard }, async (c) => {
    // Programs are stopped and a disk is copied.
    c.env.patiently?.()
    const told = await found()?.tell(c.req.valid('json'))
    if (told) return c.json(told, 200)
    throw isServer()
      ? new MeshboxError({ code: 'zk-forming', message: 'cannot tell of the disk: the agent has only begun' })
      : new MeshboxError({
          code: 'recover-stranger',
          message: 'cannot tell of the disk: this machine has no ensemble',
        })
  })
}

export function controllerRoutes(
  found: () => Changes | undefined,
  foundRecovery: () => Pick<Recovery, 'look' | 'begin' | 'report'> | undefined,
): Routes {
  const routes = openRoutes()
  const controllers = onceBorn(found, 'look at the controllers')
  const recoveries = onceBorn(foundRecovery, 'look at the disks')
  routes.openapi(show, async (c) => {
    const change = controllers().report()
    return c.json({ controllers: await controllers().list(), ...(change ? { change } : {}) }, 200)
  })
  routes.openapi(plan, (c) => c.json({ steps: controllers().plan(c.req.valid('json')) }, 200))
  routes.openapi(undo, async (c) => c.json(await controllers().undo(), 200))
  routes.openapi(begin, async (c) => c.json(await controllers().begin(c.req.valid('json')), 200))
  routes.openapi(disks, async (c) => c.json({ disks: await recoveries().look() }, 200))
  routes.openapi(recovery, (c) => c.json(recoveries().report(), 200))
  routes.openapi(recover, (c) => {
    recoveries().begin(c.req.valid('json').gone)
    return c.json(recoveries().report(), 200)
  })
  return routes
}
