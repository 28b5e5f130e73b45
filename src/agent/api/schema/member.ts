import { z } from '@hono/zod-openapi'

export const memberSchema = z
  .object({
    name: z.string(),
    address: z.string(),
    port: z.int(),
    status: z.enum(['alive', 'suspect', 'failed', 'left']),
    tags: z.record(z.string(), z.string()),
    incarnation: z.int(),
  })
  .openapi('Member')

/** A line of what `/v1/members/events` tells. */
export const memberEventSchema = z
  .union([
    z.object({ kind: z.enum(['joined', 'failed', 'left', 'updated']), member: memberSchema }),
    z.object({ kind: z.literal('conflict'), name: z.string(), known: z.string(), other: z.string() }),
  ])
  .openapi('MemberEvent')

export const keysSchema = z
  .object({
    members: z.int(),
    answered: z.int(),
    failures: z.record(z.string(), z.string()),
    keys: z.array(z.object({ id: z.string(), machines: z.int(), primary: z.int() })),
  })
  .openapi('Keys')
