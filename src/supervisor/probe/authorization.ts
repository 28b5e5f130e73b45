import { readFileSync } from 'node:fs'
import { basic } from '../../config/basic.ts'
import { credentialsFile } from '../../config/option/mesos/kinds.ts'
import type { ProbeSpec } from '../service/spec.ts'

/** The Authorization header for the next request; undefined where none is needed. */
export type Authorization = (signal: AbortSignal) => Promise<string | undefined>

export async function headersFor(
  authorization: Authorization,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const credentials = await authorization(signal)
  return credentials === undefined ? {} : { authorization: credentials }
}

/**
 * How a program of this machine is spoken to: mesos-agent and Marathon by what they were started with, which may be older
 * than what the document says by now.
 * @param ofMasters how every master is spoken to
 */
export function authorizationFor(spec: ProbeSpec, ofMasters: Authorization): Authorization {
  switch (spec.kind) {
    case 'mesos-master':
      return ofMasters
    case 'mesos-agent':
      return async () => (spec.credentials === undefined ? undefined : firstIn(spec.credentials))
    case 'marathon':
      // Jetty reads it so.
      return async () => (spec.login === undefined ? undefined : basic(spec.login, 'latin1'))
    default:
      return async () => undefined
  }
}

/** The first of a file of Mesos's that can be shown at all: what is shown is split at every colon. */
function firstIn(path: string): string | undefined {
  const { credentials = [] } = credentialsFile.safeParse(readFileSync(path, 'utf8')).data ?? {}
  const first = credentials.find((each) => Object.values(each).every((word) => !word.includes(':')))
  return first && basic(`${first.principal}:${first.secret}`)
}
