import { z } from '@hono/zod-openapi'
import type { Metrics } from '../metrics/metrics.ts'
import { createRoute, openRoutes, type Routes, stream } from './route.ts'

const read = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Tells Prometheus what this machine knows',
  responses: stream('Prometheus text format.', 'text/plain', z.string()),
})

export function metricRoutes({ contentType, text }: Metrics): Routes {
  return openRoutes().openapi(
    read,
    async () => new Response(await text(), { headers: { 'content-type': contentType } }),
  )
}
