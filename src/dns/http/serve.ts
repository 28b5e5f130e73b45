import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'

export type HttpServer = { close(): Promise<void> }

type Fetch = (request: Request) => Response | Promise<Response>

/** No request of the API has a body. */
const mostBodyBytes = 64 * 1024

/** @throws MeshboxError (exit 1) that names the port */
export function serveHttp(hostname: string, port: number, fetch: Fetch): HttpServer {
  try {
    const server = Bun.serve({ hostname, port, fetch, maxRequestBodySize: mostBodyBytes })
    return { close: () => server.stop(true) }
  } catch (cause) {
    const inUse = messageOf(cause).includes('in use')
    throw new MeshboxError({
      code: inUse ? 'dns-http-port-in-use' : 'dns-http-listen',
      message: `cannot serve the DNS HTTP API on ${joinHostPort(hostname, port)}: ${inUse ? 'the port is in use' : messageOf(cause)}`,
      hint: 'set another port with dns.httpPort, or turn it off with dns.httpOn',
      cause,
    })
  }
}

const retryMs = 10_000

/** Serves as soon as the port is free; names are answered meanwhile. */
export function serveHttpWhenFree(
  hostname: string,
  port: number,
  fetch: Fetch,
  { clock, log }: { clock: Clock; log: Log },
): HttpServer {
  let server: HttpServer | undefined
  let told = ''
  let cancel = () => {}
  const open = () => {
    try {
      server = serveHttp(hostname, port, fetch)
    } catch (error) {
      const why = messageOf(error)
      if (why !== told) log.warn({ error: why }, 'trying again every 10 s')
      told = why
      cancel = clock.after(retryMs, open)
    }
  }
  open()
  return {
    async close() {
      cancel()
      await server?.close()
    },
  }
}
