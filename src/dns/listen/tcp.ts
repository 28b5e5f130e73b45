import type { Socket } from 'bun'
import type { Responder } from '../answer/path.ts'
import { openConnections } from './connections.ts'
import { frame, openFrames } from './frames.ts'
import type { Listener } from './udp.ts'

/** A connection on which no whole query comes and no reply leaves for so long is closed (RFC 7766 section 6.2.3). */
const idleSeconds = 10
/** With more connections than this the one that is idle longest is closed (RFC 7766 section 6.2.2). */
const mostConnections = 1000
const mostOfOneAddress = 250
/** A client that does not read its replies is cut off at so many unsent bytes. */
const mostUnsent = 4 * 1024 * 1024
/** So many may be unsent on all connections together. */
const mostUnsentTogether = 64 * 1024 * 1024

type Connection = {
  take: (chunk: Buffer) => Buffer[]
  unsent: Buffer[]
  unsentBytes: number
  address: string
  whenDrained: ((open: boolean) => void)[]
}

type ClientSocket = Socket<Connection | undefined>

/** Serves TCP on one address: any number of queries on a connection, answered as they are ready (RFC 7766). */
export function listenTcp(address: string, port: number, respond: Responder): Listener {
  const connections = openConnections<ClientSocket>(mostConnections, mostOfOneAddress)
  let unsentTogether = 0

  const server = Bun.listen<Connection | undefined>({
    hostname: address,
    port,
    data: undefined,
    socket: {
      open(socket) {
        const { remoteAddress } = socket
        socket.data = {
          take: openFrames(),
          unsent: [],
          unsentBytes: 0,
          address: remoteAddress,
          whenDrained: [],
        }
        socket.timeout(idleSeconds)
        for (const leaving of connections.add(socket, remoteAddress)) leaving.terminate()
      },
      data(socket, chunk) {
        if (!socket.data) return
        const client = {
          transport: 'tcp' as const,
          address: socket.data.address,
          drained: () => drained(socket),
        }
        const requests = socket.data.take(chunk)
        if (requests.length === 0) return
        connections.touch(socket)
        // Who asks on without reading the replies is not in use of the connection.
        if (socket.data.unsent.length === 0) socket.timeout(idleSeconds)
        for (const request of requests) respond(request, client, (reply) => send(socket, frame(reply)))
      },
      drain: flush,
      timeout: (socket) => void (socket.data?.unsent.length ? socket.terminate() : socket.end()),
      close(socket) {
        connections.remove(socket)
        if (!socket.data) return
        unsentTogether -= socket.data.unsentBytes
        socket.data.unsentBytes = 0
        socket.data.unsent = []
        for (const tell of socket.data.whenDrained.splice(0)) tell(false)
      },
      error: () => {},
    },
  })

  function send(socket: ClientSocket, bytes: Buffer): void {
    const connection = socket.data
    if (!connection || socket.readyState <= 0) return
    connection.unsent.push(bytes)
    connection.unsentBytes += bytes.length
    unsentTogether += bytes.length
    flush(socket)
    if (connection.unsentBytes > mostUnsent || unsentTogether > mostUnsentTogether) socket.terminate()
  }

  function flush(socket: ClientSocket): void {
    const connection = socket.data
    if (!connection) return
    for (let next = connection.unsent[0]; next; next = connection.unsent[0]) {
      const sent = Math.max(0, socket.write(next))
      connection.unsentBytes -= sent
      unsentTogether -= sent
      if (sent > 0) socket.timeout(idleSeconds)
      if (sent < next.length) {
        connection.unsent[0] = next.subarray(sent)
        return
      }
      connection.unsent.shift()
    }
    for (const tell of connection.whenDrained.splice(0)) tell(true)
  }

  return { port: server.port, close: () => server.stop(true) }
}

/** false: the connection is gone. */
function drained(socket: ClientSocket): Promise<boolean> {
  const connection = socket.data
  if (!connection || socket.readyState <= 0) return Promise.resolve(false)
  if (connection.unsent.length === 0) return Promise.resolve(true)
  return new Promise((resolve) => connection.whenDrained.push(resolve))
}
