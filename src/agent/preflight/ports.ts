import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { MeshboxError } from '../../error.ts'

export type WantedPort = { what: string; address: string; port: number; udp?: boolean; setting: string }

/**
 * Tries each port. Two wants for one port are a fault of the settings; a port that somebody holds names the holder.
 * @throws MeshboxError (exit 1) for the first port that cannot be had
 */
export async function checkPorts(wanted: WantedPort[]): Promise<void> {
  for (const [index, want] of wanted.entries()) {
    const rival = wanted.slice(0, index).find(({ port, udp }) => port === want.port && udp === want.udp)
    if (rival) {
      throw new MeshboxError({
        code: 'port-twice',
        message: `cannot start: ${rival.what} and ${want.what} both want port ${want.port}`,
        hint: `set ${want.setting} or ${rival.setting} to another port`,
      })
    }
  }
  for (const want of wanted) {
    const code = await tryPort(want)
    if (code) throw refusal(want, code)
  }
}

function refusal({ what, address, port, setting }: WantedPort, code: string): MeshboxError {
  if (code === 'EACCES') {
    return new MeshboxError({
      code: 'port-forbidden',
      message: `cannot start: ${what} may not listen on port ${port} (only root may use ports below 1024)`,
      hint: `run as root, or set ${setting} to a higher port`,
    })
  }
  if (code !== 'EADDRINUSE') {
    return new MeshboxError({
      code: 'port-unusable',
      message: `cannot start: ${what} cannot listen on ${address} port ${port} (${code})`,
    })
  }
  const holder = holderOf(port)
  return new MeshboxError({
    code: 'port-in-use',
    message: `cannot start: port ${port}, wanted by ${what}, is in use${holder ? ` by ${holder}` : ''}`,
    hint: `end that program, or set ${setting} to another port`,
  })
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

/** `name (pid N)` of whoever has the port, found by the inode of the socket (proc(5)); undefined when it is another user's. */
function holderOf(port: number): string | undefined {
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
      return `${lines(`/proc/${pid}/comm`)[0] ?? 'a process'} (pid ${pid})`
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
