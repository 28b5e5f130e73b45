import { z } from '@hono/zod-openapi'
import { serviceNames } from '../../../supervisor/provider/choose.ts'
import { serviceStates } from '../../../supervisor/service/spec.ts'

export const serviceSchema = z
  .object({
    name: z.enum(serviceNames),
    state: z.enum(serviceStates),
    reason: z.string().optional(),
    hint: z.string().optional(),
    command: z.string().optional(),
    output: z.array(z.string()).optional(),
    byHand: z.boolean(),
    pid: z.int().optional(),
    since: z.number(),
    restarts: z.int(),
    address: z.string(),
    provider: z.string(),
    simulated: z.boolean(),
    adopted: z.boolean(),
  })
  .openapi('Service')

export const heldSchema = z
  .object({
    name: z.enum(serviceNames),
    kind: z.enum(['preparing', 'missing', 'left-out']),
    reason: z.string(),
    hint: z.string().optional(),
  })
  .openapi('HeldService')

export const packageSchema = z
  .object({
    name: z.enum(serviceNames),
    provider: z.enum(['auto', 'system', 'apt', 'archive', 'docker']),
    source: z.string(),
    state: z.enum(['installed', 'installing', 'waiting', 'missing', 'failed']),
    reason: z.string().optional(),
    hint: z.string().optional(),
  })
  .openapi('Package')

export const maintenanceSchema = z
  .object({
    since: z.number(),
    why: z.string().optional(),
    state: z.enum(['draining', 'drained', 'ending']),
    reason: z.string().optional(),
  })
  .openapi('Maintenance')
