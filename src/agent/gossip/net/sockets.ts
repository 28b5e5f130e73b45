import { joinHostPort } from '../../../config/address.ts'
import { MeshboxError, messageOf } from '../../../error.ts'
import type { Address } from '../swim/core.ts'
import type { Streams } from './tcp.ts'
import type { Datagrams } from './udp.ts'

export type Sockets = { streams: Streams; datagrams: Datagrams }

/** A port that is free for streams may be taken for datagrams; then so many others are tried. */
const tries = 5

/** Streams and datagrams on the same port; port 0 takes a free one. @throws {MeshboxError} when it is taken */
export async function openSockets(
  bind: Address,
  openStreams: (at: Address) => Promise<Streams>,
  openDatagrams: (at: Address) => Promise<Datagrams>,
): Promise<Sockets> {
  for (let attempt = 1; ; attempt++) {
    let streams: Streams | undefined
    try {
      streams = await openStreams(bind)
      return { streams, datagrams: await openDatagrams({ host: bind.host, port: streams.port }) }
    } catch (error) {
      await streams?.close()
      if (bind.port !== 0 || attempt === tries) throw cannotListen(bind, error)
    }
  }
}

function cannotListen({ host, port }: Address, cause: unknown): MeshboxError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why = code === 'EADDRINUSE' ? 'something else listens there' : messageOf(cause)
  return new MeshboxError({
    code: 'gossip-port',
    message: `cannot gossip on ${joinHostPort(host, port)}: ${why}`,
    hint: `ss -lptun 'sport = :${port}' shows what does`,
    cause,
  })
}
