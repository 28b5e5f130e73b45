import { z } from '@hono/zod-openapi'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import { createRoute, json, openRoutes, type Routes } from './route.ts'
import { packageSchema } from './schema/service.ts'

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Lists the programs of this machine and where they come from',
  responses: json('The programs.', z.array(packageSchema)),
})

export function packageRoutes(status: () => PackageStatus[]): Routes {
  return openRoutes().openapi(list, (c) => c.json(status(), 200))
}
