import { z } from '@hono/zod-openapi'
import { taskSchema } from '../../controllers/change.ts'
import { diskSchema } from '../../controllers/recover.ts'

export const stepSchema = z
  .object({ node: z.string(), name: z.string(), task: taskSchema, text: z.string() })
  .openapi('ControllersStep')

const controllerSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    address: z.string(),
    state: z.enum(['alive', 'suspect', 'failed', 'left', 'unseen']),
    votes: z.boolean(),
    leads: z.boolean(),
  })
  .openapi('Controller')

export const diskRowSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    address: z.string(),
    alive: z.boolean(),
    disk: diskSchema.optional(),
    why: z.string().optional(),
  })
  .openapi('ControllerDisk')

const changeSchema = z
  .object({
    id: z.string(),
    text: z.string(),
    state: z.enum(['running', 'paused', 'halted', 'aborted', 'done']),
    why: z.string().optional(),
    back: z.literal(true).optional(),
    now: z.object({ name: z.string(), task: z.string() }).optional(),
    past: z.array(z.object({ name: z.string(), kind: z.string(), reason: z.string().optional() })),
    steps: z.array(stepSchema),
  })
  .openapi('ControllersChange')

export const controllersReportSchema = z
  .object({ controllers: z.array(controllerSchema), change: changeSchema.optional() })
  .openapi('ControllersReport')
