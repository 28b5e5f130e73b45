import { Hono } from 'hono'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'

/** `GET /` lists the programs of this machine and where they come from. */
export function packageRoutes(status: () => PackageStatus[]): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.json<PackageStatus[]>(status()))
  return routes
}
