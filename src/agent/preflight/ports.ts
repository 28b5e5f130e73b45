import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { MeshboxError } from '../../error.ts'
import { type Holder, holderOf } from './holder.ts'

export type WantedPort = { what: string; address: string; port: number; udp?: boolean; setting: string }

/** `holder`: the process that has the port, where it can be told. */
export type PortFault = { code: string; message: string; hint?: string; holder?: number }

/**
 * Tries each port. Two wants for one port are a fault of the settings; a port that somebody holds names the holder.
 * @throws MeshboxError (exit 1) for the first port that cannot be had
 */
export async function checkPorts(wanted: WantedPort[]): Promise<void> {
  const [fault] = await portFaults(wanted)
  if (fault) throw new MeshboxError({ ...fault, message: `cannot start: ${fault.message}` })
}

/** Every port that cannot be had, and why. */
export async function portFaults(wanted: WantedPort[]): Promise<PortFault[]> {
  const twice = wanted.flatMap((want, index) => {
    const rival = wanted
      .slice(0, index)
      .find(({ port, udp, what }) => port === want.port && udp === want.udp && what !== want.what)
    return rival ? [rivalry(rival, want)] : []
  })
  if (twice.length > 0) return twice
  const codes = await Promise.all(wanted.map(tryPort))
  return wanted.flatMap((want, index) => {
    const code = codes[index]
    return code ? [faultOf(want, code)] : []
  })
}

function rivalry(rival: WantedPort, want: WantedPort): PortFault {
  return {
    code: 'port-twice',
    message: `${rival.what} and ${want.what} both want port ${want.port}`,
    hint: `set ${want.setting} or ${rival.setting} to another port`,
  }
}

function faultOf({ what, address, port, setting }: WantedPort, code: string): PortFault {
  if (code === 'EACCES') {
    return {
      code: 'port-forbidden',
      message: `${what} may not listen on port ${port} (only root may use ports below 1024)`,
      hint: `run as root, or set ${setting} to a higher port`,
    }
  }
  if (code !== 'EADDRINUSE')
    return {
      code: 'port-unusable',
      message: `${what} cannot listen on ${address} port ${port} (${code})`,
      ...(code === 'EADDRNOTAVAIL' ? { hint: 'see what addresses this machine has: ip -brief address' } : {}),
    }
  const holder = holderOf(port)
  return {
    code: 'port-in-use',
    message: `port ${port}, wanted by ${what}, is in use${holder ? ` by ${holderText(holder)}` : ''}`,
    hint: `end that program${holder ? ` (\`${holder.ends}\`)` : ''}, or set ${setting} to another port`,
    ...(holder?.pid === undefined ? {} : { holder: holder.pid }),
  }
}

export function holderText({ name, pid }: Holder): string {
  return pid === undefined ? name : `${name} (pid ${pid})`
}

/** The error code of listening there, or undefined when it works. */
function tryPort({ address, port, udp }: WantedPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)
    if (udp) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
      socket.once('error', failed)
      socket.bind(port, address, () => socket.close(() => resolve(undefined)))
    } else {
      const server = createServer()
      server.once('error', failed)
      server.listen(port, address, () => server.close(() => resolve(undefined)))
    }
  })
}
