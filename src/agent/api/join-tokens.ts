import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, misuse } from '../../error.ts'
import { roles, type TokenRecord } from '../join-token/token.ts'
import type { JoinTokens } from '../join-token/tokens.ts'

/** Longer-lived ones would be keys. */
const mostSeconds = 7 * 86_400

const wishSchema = z.strictObject({ role: z.enum(roles), seconds: z.int().min(1).max(mostSeconds) })
const revokeSchema = z.strictObject({ id: z.string() })

/** A token as it is listed. */
export type ListedJoinToken = Omit<TokenRecord, 'hash' | 'used'> & {
  used?: Omit<NonNullable<TokenRecord['used']>, 'claim'>
}

/** `GET /` lists them, `POST /` makes one and shows it this once, `POST /revoke` makes one worth nothing. */
export function joinTokenRoutes(tokens: () => JoinTokens | undefined): Hono {
  const routes = new Hono()
  const found = () => {
    const there = tokens()
    if (there) return there
    throw new MeshboxError({
      code: 'zk-forming',
      message: 'cannot reach the tokens: the cluster is not born yet',
      hint: 'run `meshbox status` to see who is waited for',
    })
  }
  routes.get('/', async (c) => c.json((await found().list()).map(listed)))
  routes.post('/', async (c) => {
    const wish = wishSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!wish.success)
      throw misuse(
        'token-request',
        `cannot make a join token: it needs a role (${roles.join(', ')}), and a life of 1 second to 7 days`,
        'meshbox token create --role worker --expires 1h',
      )
    const { role, seconds } = wish.data
    const { token, record } = await found().create({ role, livesMs: seconds * 1000 })
    return c.json({ ...listed(record), token })
  })
  routes.post('/revoke', async (c) => {
    const body = revokeSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) throw misuse('token-request', 'cannot revoke a token: the body must be {"id": string}')
    await found().revoke(body.data.id)
    return c.json({ revoked: body.data.id })
  })
  return routes
}

function listed({ hash: _, used, ...record }: TokenRecord): ListedJoinToken {
  return { ...record, ...(used ? { used: { at: used.at, name: used.name, address: used.address } } : {}) }
}
