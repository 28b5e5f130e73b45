import { z } from '@hono/zod-openapi'
import type { Backups } from '../backup/make.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'

const statusSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('working'), id: z.string(), step: z.string(), bytes: z.int() }),
  z.object({
    state: z.literal('failed'),
    id: z.string(),
    error: z.object({ code: z.string(), title: z.string(), hint: z.string().optional() }),
  }),
  z.object({
    state: z.literal('done'),
    id: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    versions: z.int(),
    registry: z.boolean(),
  }),
])
const partSchema = z.object({ data: z.base64() })

/** A piece of a backup file, in base64. */
export type BackupPart = z.output<typeof partSchema>

const begin = createRoute({
  method: 'post',
  path: '/',
  summary: 'Begins a backup of the cluster, in the place of the one before',
  responses: json('Its id.', z.object({ id: z.string() })),
})
const show = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells how far the backup is',
  responses: json('How far it is.', statusSchema),
})
const read = createRoute({
  method: 'post',
  path: '/part',
  summary: 'Gives a piece of a finished backup',
  request: body(z.strictObject({ id: z.string(), at: z.int().min(0) })),
  responses: json('Its bytes from there on; none at its end.', partSchema),
})
const forget = createRoute({
  method: 'post',
  path: '/forget',
  summary: 'Removes the backup from this machine',
  responses: json('It is gone.', z.object({})),
})

export function backupRoutes(backups: () => Backups | undefined): Routes {
  const routes = openRoutes()
  const here = onceBorn(backups, 'back up')
  routes.openapi(begin, (c) => c.json(here().begin(), 200))
  routes.openapi(show, (c) => c.json(here().status(), 200))
  routes.openapi(read, (c) => {
    const { id, at } = c.req.valid('json')
    return c.json({ data: Buffer.from(here().part(id, at)).toString('base64') }, 200)
  })
  routes.openapi(forget, (c) => {
    here().forget()
    return c.json({}, 200)
  })
  return routes
}
