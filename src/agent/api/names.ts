import { z } from '@hono/zod-openapi'
import type { Resolver } from '../../dns/resolver.ts'
import { createRoute, json, openRoutes, type Routes } from './route.ts'

const recordSchema = z
  .object({ name: z.string(), type: z.enum(['A', 'AAAA', 'SRV']), data: z.string(), ttl: z.int() })
  .openapi('DnsRecord')

const records = createRoute({
  method: 'get',
  path: '/records',
  summary: 'Lists all records of the domain',
  responses: json('The records, sorted by name, type and data.', z.array(recordSchema)),
})

/** What stands below `/v1/dns`. */
export function nameRoutes(resolver: () => Pick<Resolver, 'records'> | undefined): Routes {
  return openRoutes().openapi(records, (c) => c.json(resolver()?.records() ?? [], 200))
}
