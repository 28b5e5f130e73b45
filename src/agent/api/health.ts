import { z } from '@hono/zod-openapi'
import { createRoute, json, openRoutes, type Routes } from './route.ts'

const liveSchema = z
  .object({
    live: z.literal(true),
    time: z.number().openapi({ description: 'Unix milliseconds, for those who compare their clocks.' }),
  })
  .openapi('Live')
const healthSchema = liveSchema.extend({ ready: z.boolean() }).openapi('Health')

const open = { security: [] }
const health = createRoute({
  ...open,
  method: 'get',
  path: '/',
  summary: 'Tells whether the agent lives, and whether all is ready here',
  responses: json('It lives.', healthSchema),
})
const live = createRoute({
  ...open,
  method: 'get',
  path: '/live',
  summary: 'Answers 200 while the agent lives, at no cost',
  responses: json('It lives.', liveSchema),
})
const ready = createRoute({
  ...open,
  method: 'get',
  path: '/ready',
  summary: 'Answers 200 while everything is ready here, and 503 else',
  responses: {
    ...json('All that can run here is ready.', healthSchema),
    503: { description: 'Not all is.', content: { 'application/json': { schema: healthSchema } } },
  },
})

/** For whoever asks, with or without a token. */
export function healthRoutes(isReady: () => boolean, now: () => number): Routes {
  const routes = openRoutes()
  const alive = () => ({ live: true as const, time: now() })
  const told = () => ({ ...alive(), ready: isReady() })
  routes.openapi(health, (c) => c.json(told(), 200))
  routes.openapi(live, (c) => c.json(alive(), 200))
  routes.openapi(ready, (c) => {
    const answer = told()
    return answer.ready ? c.json(answer, 200) : c.json(answer, 503)
  })
  return routes
}
