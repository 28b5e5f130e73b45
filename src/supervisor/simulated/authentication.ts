import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { basic } from '../../config/basic.ts'
import type { StartFailure } from './ending.ts'
import { type Flags, isOn } from './flags/mesos.ts'
import type { Glog } from './glog.ts'
import { strerror } from './strerror.ts'

/** What a request to an endpoint counts as. */
export type Realm = 'readonly' | 'readwrite'

/** The refusal of a request without credentials that are good there; undefined when it may pass. */
export type Gate = (request: Request, realm: Realm | undefined) => Response | undefined

/** Secrets by principal. */
type Credentials = Map<string, string>

const credentialsSchema = z.object({
  credentials: z.array(z.object({ principal: z.string(), secret: z.string().default('') })),
})

/** Reads the file of `--credentials` or `--http_credentials`, where there is one. @throws StartFailure */
export function readCredentials(flags: Flags, flag: string, glog: Glog, at: string): Credentials | undefined {
  const path = flags.get(flag)?.replace(/^file:\/\//, '')
  if (path === undefined) return undefined
  glog.info('credentials.hpp:37', `Loading credentials for authentication from '${path}'`)
  const read = credentialsIn(path)
  if (typeof read === 'string') throw glog.exit(at, `${read} (see --${flag} flag)`)
  return read
}

/** Or why there are none, in Mesos's words. */
function credentialsIn(path: string): Credentials | string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return `Failed to read credentials file '${path}': ${strerror(error)}`
  }
  if (text === '') return 'Credentials file must contain at least one credential'
  try {
    const { credentials } = credentialsSchema.parse(JSON.parse(text))
    return new Map(credentials.map(({ principal, secret }) => [principal, secret]))
  } catch (error) {
    return error instanceof SyntaxError
      ? 'Invalid json format: syntax error'
      : 'Failed to parse credentials: Not expecting this JSON'
  }
}

/** Guards the realms that the flags of a master or an agent name. @throws what `refuse` makes, where nobody could pass */
export function openGate(
  program: 'master' | 'agent',
  flags: Flags,
  credentials: Credentials | undefined,
  refuse: (why: string) => StartFailure,
): Gate {
  const realms = (['readonly', 'readwrite'] as const).filter((realm) =>
    isOn(flags, `authenticate_http_${realm}`),
  )
  const named = (realm: Realm) => `mesos-${program}-${realm}`
  const [first] = realms
  if (!credentials && first) {
    const why = `No credentials provided for the default 'basic' HTTP authenticator for realm '${named(first)}'`
    throw refuse(`Failed to create HTTP authenticator module 'basic': ${why}`)
  }
  // What is shown is split at every colon, so that one with a colon of its own is never good.
  const usable = [...(credentials ?? [])].filter((words) => words.every((word) => !word.includes(':')))
  const good = new Set(usable.map(([principal, secret]) => basic(`${principal}:${secret}`)))
  return (request, realm) => {
    if (realm === undefined || !realms.includes(realm)) return undefined
    if (good.has(request.headers.get('Authorization') ?? '')) return undefined
    const headers = { 'WWW-Authenticate': `Basic realm="${named(realm)}"` }
    return new Response(null, { status: 401, headers })
  }
}
