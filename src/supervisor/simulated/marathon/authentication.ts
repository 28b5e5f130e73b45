import { basic } from '../../../config/basic.ts'
import type { MarathonFlags } from './flags.ts'
import type { MarathonLog } from './log.ts'

/** The refusal of a request that does not show `--http_credentials`; undefined when it may pass. */
export type Gate = (request: Request) => Response | undefined

/** Guards everything, `/ping` too. Jetty compares; what has no colon is told in the log, and guards nothing. */
export function openGate(flags: MarathonFlags, log: MarathonLog): Gate {
  const login = flags.get('http_credentials')
  if (login === undefined) return () => undefined
  // The last colon is between the two; Jetty takes the first one of what it is shown, so that with two nobody passes.
  const [, user, password] = /^(.+):(.+)$/.exec(login) ?? []
  if (user === undefined || password === undefined) {
    log.error('HttpModule', "The HTTP credentials must be specified in the form of 'user:password'.")
    return () => undefined
  }
  const good = user.includes(':') ? undefined : basic(login, 'latin1')
  const headers = { 'WWW-Authenticate': `basic realm="${flags.get('http_realm')}"` }
  return (request) =>
    good !== undefined && request.headers.get('Authorization') === good
      ? undefined
      : new Response(null, { status: 401, headers })
}
