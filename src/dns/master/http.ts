import { joinHostPort } from '../../config/address.ts'
import { messageOf } from '../../error.ts'
import type { MasterAccess } from './access.ts'

export type Answered = {
  body: string
  /** `HOST:PORT` of who answered at last. */
  from: string
}

export type GetOptions = { timeoutMs: number; maxBytes: number; access: MasterAccess; signal?: AbortSignal }

const mostRedirects = 10

/**
 * GETs `path` from a master and follows its redirects to other masters, never in a circle.
 * @throws Error unless the answer is a 200 of at most `maxBytes` within `timeoutMs`
 */
export async function getFromMaster(address: string, path: string, options: GetOptions): Promise<Answered> {
  const { timeoutMs, signal, access } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const both = signal ? AbortSignal.any([signal, timeout]) : timeout
  const seen = new Set<string>()
  let url = new URL(`${access.scheme}://${address}${path}`)
  const { host } = url
  try {
    const authorization = await access.authorization(both)
    for (let hops = 0; hops <= mostRedirects; hops++) {
      if (seen.has(url.href)) throw new Error(`it redirects in a circle to ${url.host}`)
      seen.add(url.href)
      const response = await fetch(url, {
        redirect: 'manual',
        signal: both,
        headers: {
          'User-Agent': 'Mesos-DNS',
          'Content-Type': 'application/json',
          // Credentials are for the host that was meant, not for whom it points to.
          ...(authorization !== undefined && url.host === host ? { Authorization: authorization } : {}),
        },
        ...(access.tls ? { tls: access.tls } : {}),
      })
      const location = response.headers.get('location')
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel()
        url = redirected(url, location)
        continue
      }
      if (response.status !== 200) {
        await response.body?.cancel()
        throw new Error(`it answered ${response.status}`)
      }
      return { body: await readAll(response, options.maxBytes), from: hostPort(url) }
    }
    throw new Error(`it redirects more than ${mostRedirects} times`)
  } catch (error) {
    const why = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : messageOf(error)
    throw new Error(`cannot get ${path} from ${address}: ${why}`, { cause: error })
  }
}

function redirected(from: URL, location: string): URL {
  const to = new URL(location, from)
  if (to.protocol !== from.protocol) throw new Error(`it redirects to ${to.protocol}//${to.host}`)
  return to
}

function hostPort({ hostname, port, protocol }: URL): string {
  return joinHostPort(
    hostname.replace(/^\[|\]$/g, ''),
    port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  )
}

/** Decoded as it comes: of a large state the bytes need not be held as well. */
async function readAll(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  const pieces: string[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`its answer is longer than ${maxBytes} bytes`)
    pieces.push(decoder.decode(chunk, { stream: true }))
  }
  pieces.push(decoder.decode())
  return pieces.join('')
}
