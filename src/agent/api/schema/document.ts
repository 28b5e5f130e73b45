import { z } from '@hono/zod-openapi'

export const presentSchema = z
  .object({ text: z.string(), version: z.int(), problem: z.string().optional() })
  .openapi('Document')

export const writtenSchema = z
  .object({ version: z.int(), mergedWith: z.int().optional(), warnings: z.array(z.string()).optional() })
  .openapi('Written')

export const pastSchema = z
  .object({
    version: z.int(),
    who: z.string(),
    when: z.iso.datetime(),
    how: z.string(),
    why: z.string().optional(),
  })
  .openapi('Past')

export const pastTextSchema = pastSchema.extend({ id: z.string(), text: z.string() }).openapi('PastText')

export const actionSchema = z
  .object({
    part: z.string(),
    kind: z.enum(['start', 'stop', 'restart', 'change', 'keep', 'refuse']),
    class: z.enum(['live', 'reload', 'restart', 'rolling', 'immutable']),
    options: z.array(
      z.object({ option: z.string(), from: z.unknown().optional(), to: z.unknown().optional() }),
    ),
    why: z.string().optional(),
    blast: z.string(),
    waits: z.boolean(),
  })
  .openapi('Action')
