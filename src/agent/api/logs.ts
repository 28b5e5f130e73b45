import { z } from '@hono/zod-openapi'
import type { MachineLogs } from '../logs.ts'
import { createRoute, openRoutes, type Routes, stream } from './route.ts'

const querySchema = z.object({
  lines: z.coerce.number().int().min(0).max(100_000).default(100),
  since: z.coerce.number().int().optional().openapi({ description: 'Unix milliseconds.' }),
  follow: z.enum(['0', '1']).default('0').openapi({ description: '1: it goes on with what is written.' }),
})

const read = createRoute({
  method: 'get',
  path: '/{name}',
  summary: 'Reads the last lines of a log, and follows it',
  request: { params: z.object({ name: z.string() }), query: querySchema },
  responses: stream('The lines as they stand there.', 'text/plain', z.string()),
})

export function logRoutes(logs: Pick<MachineLogs, 'tail' | 'follow'>): Routes {
  return openRoutes().openapi(read, async (c) => {
    const { lines, since, follow } = c.req.valid('query')
    const { name } = c.req.valid('param')
    const wanted = { count: lines, ...(since === undefined ? {} : { since }) }
    const text = (lines: string[]) => lines.map((line) => `${line}\n`).join('')
    const body = follow === '1' ? logs.follow(name, wanted) : text(await logs.tail(name, wanted))
    return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
  })
}
