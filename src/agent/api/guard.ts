import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Tokens } from '../token/tokens.ts'
import { type Asking, decideAccess, decideEntry, type Rules, type Shown } from './access.ts'
import { problem, type Refusal } from './problem.ts'
import type { Env } from './route.ts'

/** Holds the token of a browser; see `page/app.tsx`. */
export const tokenCookie = 'meshbox-token'

export type Guarded = { rules(): Rules; tokens(): Pick<Tokens, 'check'> | undefined }

/** Stands before everything that is not for everybody. */
export function guardAccess(agent: Guarded): MiddlewareHandler<Env> {
  return async (c, next) => {
    const refusal = refusalFor(c, agent, 'all')
    if (!refusal) {
      c.env.patiently?.()
      return next()
    }
    // RFC 6750 section 3
    return problem(refusal, refusal.status === 401 ? { 'www-authenticate': 'Bearer realm="meshbox"' } : {})
  }
}

/** @param what `entry`: it is there to get rights, and has none yet */
export function refusalFor(c: Context<Env>, agent: Guarded, what: 'all' | 'entry'): Refusal | undefined {
  const header = (name: string) => c.req.header(name)
  const asking: Asking = {
    caller: c.env.caller,
    method: c.req.method,
    host: header('host'),
    origin: header('origin'),
    site: header('sec-fetch-site'),
    mode: header('sec-fetch-mode'),
    clear: !c.env.secure && c.env.tlsPort !== undefined,
    shown: shownIn(c, agent),
  }
  return what === 'all' ? decideAccess(asking, agent.rules()) : decideEntry(asking, agent.rules())
}

/** The token of a request, and what it is good for. */
export function shownIn(c: Context<Env>, { tokens }: Pick<Guarded, 'tokens'>): Shown | undefined {
  const [, bearer] = /^bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (bearer !== undefined) return { by: 'header', scope: tokens()?.check(bearer) }
  const cookie = getCookie(c, tokenCookie)
  return cookie === undefined ? undefined : { by: 'cookie', scope: tokens()?.check(cookie) }
}
