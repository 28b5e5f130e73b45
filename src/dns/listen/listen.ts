import { MeshboxError, messageOf } from '../../error.ts'
import type { Responder } from '../answer/path.ts'
import { joinHostPort } from '../records/address.ts'
import { listenTcp } from './tcp.ts'
import { type Listener, listenUdp } from './udp.ts'

/**
 * Serves UDP and TCP on one port; with port 0 both get the same free one.
 * @throws MeshboxError (exit 1) that names the port
 */
export async function listen(address: string, port: number, respond: Responder): Promise<Listener> {
  const udp = await bind('UDP', address, port, () => listenUdp(address, port, respond))
  try {
    const tcp = await bind('TCP', address, udp.port, () => listenTcp(address, udp.port, respond))
    return {
      port: udp.port,
      close() {
        udp.close()
        tcp.close()
      },
    }
  } catch (error) {
    udp.close()
    throw error
  }
}

async function bind<T>(protocol: string, host: string, port: number, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
    const why =
      code === 'EADDRINUSE'
        ? 'the port is in use'
        : code === 'EACCES'
          ? 'ports below 1024 need root'
          : messageOf(error)
    throw new MeshboxError({
      code: code === 'EADDRINUSE' ? 'dns-port-in-use' : 'dns-listen',
      message: `cannot serve DNS on ${joinHostPort(host, port)} (${protocol}): ${why}`,
      hint: 'set another port with dns.port, or end the program that holds it (`ss -lunpt`)',
      cause: error,
    })
  }
}
