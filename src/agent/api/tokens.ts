import { z } from '@hono/zod-openapi'
import { scopes, type TokenRecord } from '../token/token.ts'
import type { Tokens } from '../token/tokens.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'

const tokenSchema = z
  .object({
    id: z.string(),
    scope: z.enum(scopes),
    who: z.string(),
    why: z.string().optional(),
    created: z.iso.datetime(),
    expires: z.number().optional().openapi({ description: 'Unix milliseconds; absent: it never runs out.' }),
  })
  .openapi('Token')

/** A token as it is listed. */
export type ListedToken = Omit<TokenRecord, 'hash'>

const mostSeconds = 10 * 366 * 86_400

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Lists the tokens for the API of this cluster',
  responses: json('The tokens, the oldest first.', z.array(tokenSchema)),
})
const create = createRoute({
  method: 'post',
  path: '/',
  summary: 'Makes a token, and shows it this once',
  request: body(
    z.strictObject({
      scope: z.enum(scopes),
      seconds: z.int().min(1).max(mostSeconds).optional(),
      who: z.string().max(200),
      why: z.string().max(500).optional(),
    }),
  ),
  responses: json('The token.', tokenSchema.extend({ token: z.string() })),
})
const revoke = createRoute({
  method: 'post',
  path: '/revoke',
  summary: 'Makes a token worth nothing, on every machine that reaches ZooKeeper',
  request: body(z.strictObject({ id: z.string() })),
  responses: json('It is revoked.', z.object({ revoked: z.string() })),
})

/** @param now Unix milliseconds */
export function tokenRoutes(tokens: () => Tokens | undefined, name: string, now: () => number): Routes {
  const routes = openRoutes()
  const found = onceBorn(tokens, 'reach the tokens')
  routes.openapi(list, (c) => c.json(found().list().map(listed), 200))
  routes.openapi(create, async (c) => {
    const { scope, seconds, who, why } = c.req.valid('json')
    const { token, record } = await found().create({
      ...{ scope, who: `${who}@${name}` },
      ...(why === undefined ? {} : { why }),
      ...(seconds === undefined ? {} : { expires: now() + seconds * 1000 }),
    })
    return c.json({ ...listed(record), token }, 200)
  })
  routes.openapi(revoke, async (c) => {
    const { id } = c.req.valid('json')
    await found().revoke(id)
    return c.json({ revoked: id }, 200)
  })
  return routes
}

function listed({ hash: _, ...record }: TokenRecord): ListedToken {
  return record
}
