import type { Socket } from 'bun'
import type { Responder } from '../answer/path.ts'
import { frame, openFrames } from './frames.ts'
import type { Listener } from './udp.ts'

/** A connection on which nothing is asked or answered for so long is closed (RFC 7766 section 6.2.3). */
const idleSeconds = 10
/** More connections than this are closed at once. */
const mostConnections = 1000
/** A client that does not read its replies is cut off at so many unsent bytes. */
const mostUnsent = 4 * 1024 * 1024

type Connection = {
  take: (chunk: Buffer) => Buffer[]
  unsent: Buffer[]
  unsentBytes: number
  address: string
  whenDrained: ((open: boolean) => void)[]
}

/** Serves TCP on one address: any number of queries on a connection, answered as they are ready (RFC 7766). */
export function listenTcp(address: string, port: number, respond: Responder): Listener {
  let open = 0
  const server = Bun.listen<Connection | undefined>({
    hostname: address,
    port,
    data: undefined,
    socket: {
      open(socket) {
        open++
        socket.data = {
          take: openFrames(),
          unsent: [],
          unsentBytes: 0,
          address: socket.remoteAddress,
          whenDrained: [],
        }
        if (open > mostConnections) socket.terminate()
        else socket.timeout(idleSeconds)
      },
      data(socket, chunk) {
        if (!socket.data) return
        socket.timeout(idleSeconds)
        const client = {
          transport: 'tcp' as const,
          address: socket.data.address,
          drained: () => drained(socket),
        }
        for (const request of socket.data.take(chunk)) {
          respond(request, client, (reply) => send(socket, frame(reply)))
        }
      },
      drain: flush,
      timeout: (socket) => void socket.end(),
      close(socket) {
        open--
        for (const tell of socket.data?.whenDrained.splice(0) ?? []) tell(false)
      },
      error: () => {},
    },
  })
  return { port: server.port, close: () => server.stop(true) }
}

function send(socket: Socket<Connection | undefined>, bytes: Buffer): void {
  const connection = socket.data
  if (!connection || socket.readyState <= 0) return
  connection.unsent.push(bytes)
  connection.unsentBytes += bytes.length
  flush(socket)
  if (connection.unsentBytes > mostUnsent) socket.terminate()
}

/** false: the connection is gone. */
function drained(socket: Socket<Connection | undefined>): Promise<boolean> {
  const connection = socket.data
  if (!connection || socket.readyState <= 0) return Promise.resolve(false)
  if (connection.unsent.length === 0) return Promise.resolve(true)
  return new Promise((resolve) => connection.whenDrained.push(resolve))
}

function flush(socket: Socket<Connection | undefined>): void {
  const connection = socket.data
  if (!connection) return
  for (let next = connection.unsent[0]; next; next = connection.unsent[0]) {
    const sent = Math.max(0, socket.write(next))
    connection.unsentBytes -= sent
    if (sent < next.length) {
      connection.unsent[0] = next.subarray(sent)
      return
    }
    connection.unsent.shift()
    socket.timeout(idleSeconds)
  }
  for (const tell of connection.whenDrained.splice(0)) tell(true)
}
