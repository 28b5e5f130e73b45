import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { MeshboxError } from '../../error.ts'

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
    message: `port ${port}, wanted by ${what}, is in use${holder ? ` by ${holder.name} (pid ${holder.pid})` : ''}`,
    hint: `end that program, or set ${setting} to another port`,
    ...(holder ? { holder: holder.pid } : {}),
  }
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

/** Whoever has the port, found by the inode of the socket (proc(5)); undefined when it is another user's. */
export function holderOf(port: number): { name: string; pid: number } | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set(
    ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
      lines(`/proc/net/${table}`)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[1]?.endsWith(`:${hex}`) && (fields[3] === '0A' || fields[3] === '07'))
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  )
  if (inodes.size === 0) return undefined
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (linksOf(`/proc/${pid}/fd`).some((link) => inodes.has(link))) {
      return { name: lines(`/proc/${pid}/comm`)[0] ?? 'a process', pid: Number(pid) }
    }
  }
  return undefined
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

function linksOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => {
      try {
        return readlinkSync(`${folder}/${name}`)
      } catch {
        return '' // closed meanwhile
      }
    })
  } catch {
    return [] // ended meanwhile, or another user's
  }
}
