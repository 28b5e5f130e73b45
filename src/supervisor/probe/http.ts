import { z } from 'zod'
import { messageOf } from '../../error.ts'
import { type Authorization, headersFor } from './authorization.ts'

const timeoutMs = 2000
const metricsSchema = z.record(z.string(), z.number())

type Answer = { status: number; body: unknown; location: string | null }

/**
 * Redirects are told, not followed: a master that was just restarted redirects to itself. Credentials that cannot be had
 * are left out, for many a program asks for none.
 */
export async function get(
  url: string,
  authorization: Authorization = async () => undefined,
): Promise<Answer> {
  const headers = await headersFor(authorization, AbortSignal.timeout(timeoutMs)).catch(() => ({}))
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, { redirect: 'manual', signal, headers })
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    body: json ? JSON.parse(text) : text,
    location: response.headers.get('location'),
  }
}

/** Of an answer that is not 200. @param option where what it is shown comes from */
export function refusalOf(path: string, status: number, option: string): string {
  if (status === 401) return `${path} answers 401: it wants credentials, or others than ${option} has`
  if (status === 403) return `${path} answers 403: acls forbid it to what ${option} has`
  return `${path} answers ${status}`
}

/** What keeps a program from being ready; one that does not answer is not. */
export async function asking(check: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await check()
  } catch (error) {
    const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
    return refused ? 'does not listen' : `does not answer: ${messageOf(error)}`
  }
}

/**
 * `/health` tells that it lives, and nothing else. A leader is ready when it has fetched the registry (only then is its size
 * among the metrics); a standby when it knows who leads, and takes not itself for that one: so does one that was just
 * restarted, until the session of the one before is over.
 * @param isOwn whether that is where it sends those who want the leader
 */
export function checkMesosMaster(
  url: string,
  authorization: Authorization,
  { see, isOwn }: { see: (leads: boolean) => void; isOwn: (location: string) => boolean },
): Promise<string | undefined> {
  return asking(async () => {
    const life = await get(`${url}/health`)
    if (life.status !== 200) return `/health answers ${life.status}`
    const { status, body } = await get(`${url}/metrics/snapshot`, authorization)
    if (status !== 200) return refusalOf('/metrics/snapshot', status, 'dns.mesosCredentials')
    const metrics = metricsSchema.parse(body)
    see(metrics['master/elected'] === 1)
    if (metrics['master/elected'] === 1) {
      return 'registrar/registry_size_bytes' in metrics ? undefined : 'elected, and waiting for its registry'
    }
    const { status: redirected, location } = await get(`${url}/master/redirect`)
    const isToOther =
      redirected === 307 && location && !isOwn(location) && new URL(location, url).host !== new URL(url).host
    return isToOther ? undefined : 'no leading master yet'
  })
}

export function checkMarathon(url: string, authorization: Authorization): Promise<string | undefined> {
  return asking(async () => {
    const { status } = await get(`${url}/ping`, authorization)
    if (status !== 200) return refusalOf('/ping', status, 'marathon.http_credentials')
    const info = await get(`${url}/v2/info`, authorization)
    return info.status === 200 ? undefined : `/v2/info answers ${info.status}`
  })
}

/** The engine answers on its socket once it has taken up the containers that it had. */
export function checkDocker(socket: string): Promise<string | undefined> {
  return asking(async () => {
    const response = await fetch('http://docker/_ping', {
      unix: socket,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return response.status === 200 ? undefined : `/_ping answers ${response.status}: ${text.slice(0, 100)}`
  })
}
