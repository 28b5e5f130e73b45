import { z } from '@hono/zod-openapi'
import type { Resolver } from '../../dns/resolver.ts'
import { type LookedUp, type LookUp, lookUpTypes } from '../look-up.ts'
import { createRoute, json, openRoutes, type Routes } from './route.ts'

const recordSchema = z
  .object({ name: z.string(), type: z.enum(['A', 'AAAA', 'SRV']), data: z.string(), ttl: z.int() })
  .openapi('DnsRecord')

const taskSchema = z
  .object({
    task: z.string(),
    framework: z.string(),
    name: z.string(),
    addresses: z.array(z.string()),
    services: z.array(z.object({ name: z.string(), port: z.int() })),
  })
  .openapi('NamedTask')

const records = createRoute({
  method: 'get',
  path: '/records',
  summary: 'Lists all records of the domain',
  responses: json('The records, sorted by name, type and data.', z.array(recordSchema)),
})
const tasks = createRoute({
  method: 'get',
  path: '/tasks',
  summary: 'Lists running tasks with their names, a page at a time',
  request: {
    query: z.object({
      match: z.string().max(255).toLowerCase().default(''),
      from: z.coerce.number().int().min(0).default(0),
      most: z.coerce.number().int().min(1).max(1000).default(100),
    }),
  },
  responses: json(
    'Those whose name has `match` in it.',
    z.object({ total: z.int(), tasks: z.array(taskSchema) }),
  ),
})
const lookUp = createRoute({
  method: 'get',
  path: '/lookup',
  summary: 'Asks the resolver of this machine, as `dig` does',
  request: {
    query: z.object({
      name: z.string().regex(/^[!-~]{1,253}$/, 'must be a name'),
      type: z.enum(lookUpTypes).default('A'),
    }),
  },
  responses: json(
    'What it answers.',
    z
      .object({
        rcode: z.string(),
        answers: z.array(z.object({ name: z.string(), type: z.string(), ttl: z.int(), data: z.string() })),
        took: z.number().openapi({ description: 'Milliseconds.' }),
      })
      .openapi('LookedUp'),
  ),
})

export type Named = {
  resolver(): Pick<Resolver, 'records' | 'tasks'> | undefined
  /** Rejects with MeshboxError when nobody answers. */
  lookUp(wish: LookUp): Promise<LookedUp>
}

/** What stands below `/v1/dns`. */
export function nameRoutes(agent: Named): Routes {
  const routes = openRoutes()
  routes.openapi(records, (c) => c.json(agent.resolver()?.records() ?? [], 200))
  routes.openapi(tasks, async (c) => {
    const found = await agent.resolver()?.tasks(c.req.valid('query'))
    return c.json(found ?? { total: 0, tasks: [] }, 200)
  })
  routes.openapi(lookUp, async (c) => c.json(await agent.lookUp(c.req.valid('query')), 200))
  return routes
}
