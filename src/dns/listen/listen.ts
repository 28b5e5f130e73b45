import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Responder } from '../answer/path.ts'
import { listenOnEach } from './addresses.ts'
import { listenTcp } from './tcp.ts'
import { type Listener, listenUdp } from './udp.ts'

type Around = {
  clock: Clock
  log: Log /** All of this machine's addresses, loopback included. */
  addresses: () => string[]
}

/**
 * Serves UDP and TCP on one port; `0.0.0.0` stands for every IPv4 address of the machine, `::` for every address.
 * @throws MeshboxError (exit 1) that names the port
 */
export function listen(address: string, port: number, respond: Responder, around: Around): Promise<Listener> {
  const open = (one: string, onPort: number) => listenOnOne(one, onPort, respond)
  if (address !== '0.0.0.0' && address !== '::') return open(address, port)
  // A link-local address is one only together with its interface.
  const wanted = () =>
    around.addresses().filter((one) => (address === '::' ? !/^fe80:/i.test(one) : !one.includes(':')))
  return listenOnEach(wanted, open, port, around)
}

/** With port 0 both get the same free one. */
async function listenOnOne(address: string, port: number, respond: Responder): Promise<Listener> {
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
