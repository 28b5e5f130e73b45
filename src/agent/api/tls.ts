import { readFileSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'

/** Certificates are renewed every few weeks, and the files of one are never written at the same moment. */
const lookMs = 5000

type Certificate = { cert: string; key: string }

/** The server of HTTPS: there as long as the document names a certificate, and anew when its files change. */
export type Tls = {
  /** Undefined while there is none. */
  port(): number | undefined
  stop(): Promise<void>
}

export function openTls(deps: {
  tls: () => Config['api']['tls']
  /** @throws when the port or the certificate is not to be had */
  serve: (certificate: Certificate, port: number) => Pick<Bun.Server<undefined>, 'port' | 'stop'>
  clock: Clock
  log: Log
}): Tls {
  const { tls, serve, clock, log } = deps
  let server: ReturnType<typeof serve> | undefined
  let served: string | undefined
  let told = ''
  let work = Promise.resolve()
  let stopped = false
  let cancel = clock.after(0, look)

  function look(): void {
    work = renew()
      .catch((error) => {
        const why = messageOf(error)
        // What was served before goes on: an old certificate is better than none.
        if (why !== told) log.error({ error: why }, 'cannot serve the API over TLS')
        told = why
      })
      .then(() => {
        if (!stopped) cancel = clock.after(lookMs, look)
      })
  }

  async function renew(): Promise<void> {
    const { certFile, keyFile, port } = tls()
    if (certFile === undefined || keyFile === undefined) {
      await close()
      return
    }
    const certificate = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    const wanted = JSON.stringify({ ...certificate, port })
    if (wanted === served) return
    // Of two that do not fit together nothing may come: the old ones go on.
    serve(certificate, 0).stop(true)
    await close()
    server = serve(certificate, port)
    served = wanted
    told = ''
    log.info({ port, certFile }, 'serving the API over TLS')
  }

  async function close(): Promise<void> {
    await server?.stop(true)
    server = undefined
    served = undefined
  }

  return {
    port: () => server?.port,
    async stop() {
      stopped = true
      cancel()
      await work
      await close()
    },
  }
}
