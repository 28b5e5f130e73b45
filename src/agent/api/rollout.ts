import { z } from '@hono/zod-openapi'
import type { Rolling } from '../rollout/rolling.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { rolloutReportSchema, rolloutStatusSchema } from './schema/rollout.ts'

const show = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells how the rollout is, and who is to come',
  responses: json('The rollout.', rolloutReportSchema),
})
const word = (path: string, summary: string) =>
  createRoute({
    method: 'post',
    path: `/${path}`,
    summary,
    request: body(z.strictObject({ without: z.string().optional() })),
    responses: json('How it is then.', rolloutStatusSchema),
  })
const words = {
  pause: word('pause', 'Gives no further permit until it is resumed'),
  resume: word('resume', 'Goes on with a rollout that is paused, has halted or was aborted'),
  abort: word('abort', 'Ends the rollout where it is'),
}

export function rolloutRoutes(rolling: () => Pick<Rolling, 'report' | 'steer'> | undefined): Routes {
  const routes = openRoutes()
  const now = onceBorn(rolling, 'look at the rollout')
  routes.openapi(show, async (c) => c.json(await now().report(), 200))
  for (const word of ['pause', 'resume', 'abort'] as const)
    routes.openapi(words[word], async (c) => {
      const { without } = c.req.valid('json')
      return c.json(await now().steer({ word, ...(without === undefined ? {} : { without }) }), 200)
    })
  return routes
}
