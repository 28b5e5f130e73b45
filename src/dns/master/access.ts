import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { basic } from '../../config/basic.ts'
import type { DnsConfig } from '../../config/dns.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { isObject, member } from '../state/json.ts'

/** How a master is spoken to. */
export type MasterAccess = {
  scheme: 'http' | 'https'
  tls?: { ca?: string; cert?: string; key?: string }
  /** The Authorization header for the next requests; undefined where none is needed. */
  authorization(signal: AbortSignal): Promise<string | undefined>
}

export type AccessOptions = Pick<
  DnsConfig,
  | 'mesosHttpsOn'
  | 'caCertFile'
  | 'certFile'
  | 'keyFile'
  | 'mesosAuthentication'
  | 'mesosCredentials'
  | 'iamConfigFile'
>

/**
 * Reads certificates and credentials once (SPEC section 2). The master's certificate is always verified.
 * @throws MeshboxError when a file cannot be read
 */
export function openAccess(options: AccessOptions, clock: Clock): MasterAccess {
  const { mesosHttpsOn, caCertFile, certFile, keyFile } = options
  const tls = {
    ...(caCertFile === '' ? {} : { ca: read(caCertFile) }),
    ...(certFile === '' ? {} : { cert: read(certFile), key: read(keyFile) }),
  }
  return {
    scheme: mesosHttpsOn ? 'https' : 'http',
    ...(mesosHttpsOn ? { tls } : {}),
    authorization: authorization(options, clock),
  }
}

function authorization(options: AccessOptions, clock: Clock): MasterAccess['authorization'] {
  const { principal, secret } = options.mesosCredentials
  if (options.mesosAuthentication === 'basic') {
    const header = basic(`${principal}:${secret}`)
    return async () => header
  }
  if (options.mesosAuthentication !== 'iam') return async () => undefined
  const iam = readIam(options.iamConfigFile)
  return async (signal) => `token=${await login(iam, clock.now(), signal)}`
}

type Iam = { uid: string; privateKey: string; endpoint: string }

function readIam(path: string): Iam {
  const json: unknown = parseIam(path)
  const text = (name: string) => {
    const value = isObject(json) ? member(json, name) : undefined
    if (typeof value !== 'string' || value === '') throw broken(path, `it has no "${name}"`)
    return value
  }
  return { uid: text('uid'), privateKey: text('private_key'), endpoint: text('login_endpoint') }
}

function parseIam(path: string): unknown {
  try {
    return JSON.parse(read(path))
  } catch (error) {
    throw error instanceof MeshboxError ? error : broken(path, messageOf(error))
  }
}

/** A token of an hour for a JWT that is signed anew each time. */
async function login({ uid, privateKey, endpoint }: Iam, now: number, signal: AbortSignal): Promise<string> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ uid, exp: Math.floor(now / 1000) + 3600 })}`
  const token = `${claims}.${sign('RSA-SHA256', Buffer.from(claims), createPrivateKey(privateKey)).toString('base64url')}`
  const response = await fetch(endpoint, {
    method: 'POST',
    signal,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ uid, token }),
  })
  const answer: unknown = response.status === 200 ? await response.json() : undefined
  const given = isObject(answer) ? member(answer, 'token') : undefined
  if (typeof given !== 'string')
    throw new Error(`cannot log in at ${endpoint}: it answered ${response.status}`)
  return given
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw broken(path, messageOf(error))
  }
}

function broken(path: string, why: string): MeshboxError {
  return new MeshboxError({ code: 'dns-access', message: `cannot use ${path}: ${why}` })
}
