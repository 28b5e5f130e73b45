import { z } from '@hono/zod-openapi'
import type { Collected } from '../support/collect.ts'
import { createRoute, json, openRoutes, type Routes } from './route.ts'

const collect = createRoute({
  method: 'get',
  path: '/',
  summary: 'Collects what helps to understand this machine from afar; there is no secret in it',
  responses: json('Files by their names.', z.record(z.string(), z.string())),
})

/** @param support given a way to ask this machine itself */
export function supportRoutes(
  support: (ask: (path: string) => Promise<string>) => Promise<Collected>,
  here: (request: Request) => Response | Promise<Response>,
): Routes {
  const routes = openRoutes()
  const ask = async (path: string) => {
    const answer = await here(new Request(`http://meshbox${path}`))
    return answer.text()
  }
  routes.openapi(collect, async (c) => c.json(await support(ask), 200))
  return routes
}
