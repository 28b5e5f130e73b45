import { z } from '@hono/zod-openapi'
import { taskSchema } from '../../controllers/change.ts'
import { diskReplySchema } from '../../controllers/disks.ts'

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

export const diskRowSchema = diskReplySchema
  .extend({
    id: z.int(),
    name: z.string(),
    address: z.string(),
    alive: z.boolean(),
    why: z.string().optional(),
  })
  .openapi('ControllerDisk')

export const recoveryReportSchema = z
  .object({
    state: z.enum(['none', 'running', 'done', 'failed']),
    doing: z.string().optional(),
    kept: z.array(z.string()),
    unreached: z.array(z.string()),
    failure: z.object({ message: z.string(), hint: z.string().optional() }).optional(),
  })
  .openapi('ControllersRecovery')

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
