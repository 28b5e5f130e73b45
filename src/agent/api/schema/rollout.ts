import { z } from '@hono/zod-openapi'
import { rolloutSchema } from '../../rollout/rollout.ts'

export const rolloutStatusSchema = rolloutSchema
  .omit({ progress: true })
  .extend({ text: z.string(), waits: z.string().optional() })
  .openapi('Rollout')

export const rolloutReportSchema = z
  .object({
    rollout: rolloutStatusSchema.optional(),
    document: z.int().optional(),
    older: z.literal(true).optional(),
    coming: z.array(z.array(z.string())),
    unseen: z.array(z.string()),
    seen: z.int().optional(),
    absent: z.array(z.string()).optional(),
    problem: z.string().optional(),
    away: z.literal(true).optional(),
  })
  .openapi('RolloutReport')
