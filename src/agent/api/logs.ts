import { Hono } from 'hono'
import { z } from 'zod'
import { misuse } from '../../error.ts'
import type { MachineLogs } from '../logs.ts'

const querySchema = z.object({
  lines: z.coerce.number().int().min(0).max(100_000).default(100),
  /** Unix milliseconds. */
  since: z.coerce.number().int().optional(),
  follow: z.enum(['0', '1']).default('0'),
})

/** `GET /<name>`: the last lines as text; with `follow=1` it goes on with what is written from then on. */
export function logRoutes(logs: Pick<MachineLogs, 'tail' | 'follow'>): Hono {
  const routes = new Hono()
  routes.get('/:name', async (c) => {
    const query = querySchema.safeParse(c.req.query())
    if (!query.success)
      throw misuse('log-request', 'cannot read a log: lines and since are numbers, follow is 0 or 1')
    const { lines, since, follow } = query.data
    const name = c.req.param('name')
    const wanted = { count: lines, ...(since === undefined ? {} : { since }) }
    if (follow === '0') return c.text(asText(await logs.tail(name, wanted)))
    return following(logs, name, async () => asText(await logs.tail(name, wanted)))
  })
  return routes
}

const asText = (lines: string[]) => lines.map((line) => `${line}\n`).join('')

/** What is written while the last lines are read comes after them. */
function following(logs: Pick<MachineLogs, 'follow'>, name: string, before: () => Promise<string>): Response {
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    async start(out) {
      out.enqueue(Buffer.from(await before()))
      stop = logs.follow(name, (text) => out.enqueue(text))
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
