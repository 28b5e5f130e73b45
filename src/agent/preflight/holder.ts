import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { word } from '../../shell.ts'

/** Who has a port. */
export type Holder = {
  name: string
  /** Undefined where only root may know. */
  pid?: number
  /** The command that ends it for good; one that shows it where that cannot be told. */
  ends: string
}

/** What /proc tells of it. */
type HolderFacts = {
  port: number
  pid: number
  name: string
  /** Its lines of /proc/pid/cgroup. */
  cgroup: string
  cwd: string
  /** Whether that folder holds the memory of a meshbox. */
  isState: (folder: string) => boolean
}

/** A kill is not enough where somebody else starts it again: systemd, Docker, another meshbox. */
export function endOf({ port, pid, name, cgroup, cwd, isState }: HolderFacts): string {
  const state = dirname(cwd)
  if (isState(state)) {
    // Of the agent that shows it nobody knows whether it is the same one.
    const place = state.replace(/\/state$/, '')
    return `meshbox service stop ${word(basename(cwd))} --data-dir ${word(place)}`
  }
  if (name === 'docker-proxy') return `docker stop $(docker ps -q --filter publish=${port})`
  // systemd listens itself, for a service that is still to come (systemd.socket(5)).
  if (pid === 1) return 'systemctl list-sockets'
  const unit =
    /^0::.*\/([^/]+\.service)$/m.exec(cgroup)?.[1] ?? /name=systemd:.*\/([^/]+\.service)$/m.exec(cgroup)?.[1]
  if (unit && !/^(user@\d+|meshbox)\.service$/.test(unit)) return `systemctl disable --now ${word(unit)}`
  return `kill ${pid}`
}

/** Whoever has the port, found by the inode of its socket (proc(5)). */
export function holderOf(port: number): Holder | undefined {
  const sockets = listening(port)
  const [first] = sockets
  if (!first) return undefined
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`))
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    if (!linksOf(`/proc/${pid}/fd`).some((link) => links.has(link))) continue
    const name = lines(`/proc/${pid}/comm`)[0] ?? 'a process'
    const cgroup = lines(`/proc/${pid}/cgroup`).join('\n')
    const cwd = linkOf(`/proc/${pid}/cwd`)
    const isState = (folder: string) => existsSync(`${folder}/meshbox.db`)
    return { name, pid, ends: endOf({ port, pid, name, cgroup, cwd, isState }) }
  }
  return { name: `a program of ${nameOf(first.uid)}`, ends: `sudo ss -lntup 'sport = :${port}'` }
}

/** TCP sockets that listen there, and UDP sockets. */
function listening(port: number): { inode: string; uid: string }[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    lines(`/proc/net/${table}`)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${hex}`) && (fields[3] === '0A' || fields[3] === '07'))
      .map((fields) => ({ inode: fields[9] ?? '', uid: fields[7] ?? '' })),
  )
}

function nameOf(uid: string): string {
  const entry = lines('/etc/passwd').find((line) => line.split(':')[2] === uid)
  return entry?.split(':')[0] ?? `user ${uid}`
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
    return readdirSync(folder).map((name) => linkOf(`${folder}/${name}`))
  } catch {
    return [] // ended meanwhile, or another user's
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed meanwhile
  }
}
