import { chmodSync, rmSync } from 'node:fs'
import { MeshboxError } from '../../error.ts'
import type { apiApp, Caller } from './app.ts'

/** More than the longest document. */
const mostBytes = 8 * 2 ** 20

/** Serves the API on a TCP port and on the Unix socket, which is for this user (and root) alone. */
export function serveApi(
  app: ReturnType<typeof apiApp>,
  { hostname, port, socket }: { hostname: string; port: number; socket: string },
): { stop(): Promise<void> } {
  rmSync(socket, { force: true }) // left by an agent that was killed: the lock says that there is no other
  const handler = (caller: (request: Request, server: Bun.Server<undefined>) => Caller) => ({
    fetch: (request: Request, server: Bun.Server<undefined>) =>
      app.fetch(request, { caller: caller(request, server) }),
  })
  const servers: Bun.Server<undefined>[] = []
  try {
    servers.push(
      Bun.serve({
        unix: socket,
        ...handler((request, server) => {
          server.timeout(request, 0) // a stream of events may be silent for long
          return 'socket'
        }),
      }),
    )
    chmodSync(socket, 0o600)
    servers.push(
      Bun.serve({
        hostname,
        port,
        maxRequestBodySize: mostBytes,
        ...handler((request, server) =>
          isLoopback(server.requestIP(request)?.address) ? 'loopback' : 'remote',
        ),
      }),
    )
  } catch (cause) {
    for (const server of servers) void server.stop(true)
    throw new MeshboxError({
      code: 'api-port',
      message: `cannot serve the API on ${hostname} port ${port}: ${cause instanceof Error ? cause.message : cause}`,
      hint: 'set api.port to another port',
      cause,
    })
  }
  return {
    async stop() {
      for (const server of servers) await server.stop(true)
      rmSync(socket, { force: true })
    },
  }
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '')
}
