import { z } from '@hono/zod-openapi'
import { roles, type TokenRecord } from '../join-token/token.ts'
import type { JoinTokens } from '../join-token/tokens.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'

/** Longer-lived ones would be keys. */
const mostSeconds = 7 * 86_400

/** A token as it is listed. */
export type ListedJoinToken = Omit<TokenRecord, 'hash' | 'used'> & {
  used?: Omit<NonNullable<TokenRecord['used']>, 'claim'>
}

const tokenSchema = z
  .object({
    id: z.string(),
    role: z.enum(roles),
    created: z.number(),
    expires: z.number(),
    by: z.string(),
    used: z.object({ at: z.number(), name: z.string(), address: z.string() }).optional(),
  })
  .openapi('JoinToken')

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Lists the tokens with which machines join',
  responses: json('The tokens, the oldest first.', z.array(tokenSchema)),
})
const create = createRoute({
  method: 'post',
  path: '/',
  summary: 'Makes a token with which one machine joins, and shows it this once',
  request: body(z.strictObject({ role: z.enum(roles), seconds: z.int().min(1).max(mostSeconds) })),
  responses: json('The token.', tokenSchema.extend({ token: z.string() })),
})
const revoke = createRoute({
  method: 'post',
  path: '/revoke',
  summary: 'Makes a token worth nothing',
  request: body(z.strictObject({ id: z.string() })),
  responses: json('It is revoked.', z.object({ revoked: z.string() })),
})

export function joinTokenRoutes(tokens: () => JoinTokens | undefined): Routes {
  const routes = openRoutes()
  const found = onceBorn(tokens, 'reach the tokens')
  routes.openapi(list, async (c) => c.json((await found().list()).map(listed), 200))
  routes.openapi(create, async (c) => {
    const { role, seconds } = c.req.valid('json')
    const { token, record } = await found().create({ role, livesMs: seconds * 1000 })
    return c.json({ ...listed(record), token }, 200)
  })
  routes.openapi(revoke, async (c) => {
    const { id } = c.req.valid('json')
    await found().revoke(id)
    return c.json({ revoked: id }, 200)
  })
  return routes
}

function listed({ hash: _, used, ...record }: TokenRecord): ListedJoinToken {
  return { ...record, ...(used ? { used: { at: used.at, name: used.name, address: used.address } } : {}) }
}
