import { z } from '@hono/zod-openapi'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { typedIn } from '../problem/problem.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { serviceSchema } from './schema/service.ts'

/** The services of this machine, and the hand that starts and stops them. */
export type Services = Pick<Supervisor, 'status' | 'start' | 'stop' | 'restart'>

/** All services when the names are left out. */
const namesSchema = z.strictObject({ names: z.array(z.string()).min(1).optional() })
const answers = json('The services of this machine.', z.array(serviceSchema))

const list = createRoute({ method: 'get', path: '/', summary: 'Lists the services', responses: answers })
const order = (verb: string, summary: string) =>
  createRoute({
    method: 'post',
    path: `/${verb}`,
    summary: `${summary}, and answers when that is done`,
    request: body(namesSchema),
    responses: answers,
  })

/** @param folder where this agent keeps its files, if not in the usual places: what is told to type finds it there */
export function serviceRoutes(services: Services, folder: string | undefined): Routes {
  const routes = openRoutes()
  const told = () => services.status().map((service) => typedIn(service, folder))
  routes.openapi(list, (c) => c.json(told(), 200))
  const orders = [
    [order('start', 'Starts services'), services.start],
    [order('stop', 'Stops services until they are started again'), services.stop],
    [order('restart', 'Restarts services'), services.restart],
  ] as const
  for (const [route, run] of orders)
    routes.openapi(route, async (c) => {
      const { names } = c.req.valid('json')
      await run(names ?? services.status().map(({ name }) => name))
      return c.json(told(), 200)
    })
  return routes
}
