import { chmodSync, rmSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { canonicalAddress, joinHostPort } from '../../config/address.ts'
import type { Config } from '../../config/schema.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { holderOf } from '../preflight/holder.ts'
import { holderText } from '../preflight/ports.ts'
import type { Caller } from './access.ts'
import type { Routes } from './route.ts'
import { openTls } from './tls.ts'

/** More than the longest document. */
const mostBytes = 8 * 2 ** 20

export type ApiServer = { stop(): Promise<void> }

/** Serves the API on a TCP port, over TLS beside it, and on the Unix socket, which is for this user (and root) alone. */
export function serveApi(
  app: Pick<Routes, 'fetch'>,
  deps: {
    hostname: string
    port: number
    socket: string
    tls: () => Config['api']['tls']
    clock: Clock
    log: Log
  },
): ApiServer {
  const { hostname, port, socket } = deps
  rmSync(socket, { force: true }) // left by an agent that was killed: the lock says that there is no other
  const servers: Bun.Server<undefined>[] = []
  try {
    // Its types have no such option for it; on a Unix socket `server.timeout` does nothing, and who follows what seldom happens would be cut off.
    const patient: object = { idleTimeout: 0 }
    servers.push(
      Bun.serve({
        unix: socket,
        ...patient,
        maxRequestBodySize: mostBytes,
        fetch: answer(() => ({ kind: 'socket' })),
      }),
    )
    chmodSync(socket, 0o600)
    servers.push(Bun.serve({ hostname, port, maxRequestBodySize: mostBytes, fetch: answer(callerOf) }))
  } catch (cause) {
    for (const server of servers) void server.stop(true)
    const holder = holderOf(port)
    throw new MeshboxError({
      code: 'api-port',
      message: `cannot serve the API on ${joinHostPort(hostname, port)}: ${holder ? `${holderText(holder)} listens there` : messageOf(cause)}`,
      hint: `${holder ? `end that program (\`${holder.ends}\`), or ` : ''}set api.port to another port`,
      cause,
    })
  }
  const tls = openTls({
    ...deps,
    serve: (certificate, tlsPort) =>
      Bun.serve({
        hostname,
        port: tlsPort,
        maxRequestBodySize: mostBytes,
        tls: certificate,
        fetch: answer(callerOf, true),
      }),
  })

  function answer(caller: (request: Request, server: Bun.Server<undefined>) => Caller, secure = false) {
    return (request: Request, server: Bun.Server<undefined>) =>
      app.fetch(request, {
        caller: caller(request, server),
        secure,
        tlsPort: tls.port(),
        patiently: () => server.timeout(request, 0),
      })
  }

  return {
    async stop() {
      await tls.stop()
      for (const server of servers) await server.stop(true)
      rmSync(socket, { force: true })
    },
  }
}

function callerOf(request: Request, server: Bun.Server<undefined>): Caller {
  const given = server.requestIP(request)?.address ?? ''
  const address = canonicalAddress(given) ?? given
  const isLoopback = address === '::1' || address.startsWith('127.')
  return isLoopback ? { kind: 'loopback' } : { kind: 'remote', address }
}
