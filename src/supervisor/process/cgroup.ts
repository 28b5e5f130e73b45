import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MeshboxError, messageOf } from '../../error.ts'

/** What a service may take of memory (MiB) and processors. */
export type Share = { memory?: number; cpus?: number }

export type Cgroups = {
  /**
   * The control group for a service, made and limited as asked. Undefined where there is none to be had, and none is needed.
   * @throws MeshboxError when a limit is asked for that cannot be held here
   */
  place(name: string, share: Share): string | undefined
}

/** What the kernel shows, as files (cgroups(7)). */
export type CgroupTree = {
  /** Where version 2 is mounted. */
  root: string
  /** Content of /proc/self/cgroup. */
  own: string
  pid: number
}

export const machineTree = (): CgroupTree => ({
  root: '/sys/fs/cgroup',
  own: readFileSync('/proc/self/cgroup', 'utf8'),
  pid: process.pid,
})

const period = 100_000

/**
 * Control groups of version 2 for the services, below the agent's own unit where systemd has delegated that to it, else
 * below the root. Controllers are turned on only when a limit asks for them: a group that shares out memory or processors
 * may have no process of its own, and systemd before 254 starts the agent right in it.
 */
export function openCgroups({ root, own, pid }: CgroupTree): Cgroups {
  const path = /^0::(.*)$/m.exec(own)?.[1]
  const unit = path === undefined ? undefined : /^.*\.service(?=\/|$)/.exec(path)?.[0]
  const base = join(root, unit ?? 'meshbox')

  function why(): string | undefined {
    if (path === undefined || !existsSync(join(root, 'cgroup.controllers')))
      return 'this machine has no cgroup v2'
    if (unit !== undefined && path === unit)
      return 'systemd before 254 cannot restart an agent that shares out resources'
    return undefined
  }

  /** @throws when a controller is not there, or cannot be turned on */
  function turnOn(controllers: string[]): void {
    const wanted = controllers.map((name) => `+${name}`).join(' ')
    if (unit === undefined) writeFileSync(join(root, 'cgroup.subtree_control'), wanted)
    const there = readFileSync(join(base, 'cgroup.controllers'), 'utf8').split(/\s+/)
    const missing = controllers.filter((name) => !there.includes(name))
    if (missing.length > 0) throw new Error(`the controller ${missing.join(' and ')} is not there`)
    if (unit === undefined) {
      mkdirSync(join(base, 'agent'), { recursive: true })
      writeFileSync(join(base, 'agent', 'cgroup.procs'), String(pid))
    }
    writeFileSync(join(base, 'cgroup.subtree_control'), wanted)
  }

  function limit(folder: string, { memory, cpus }: Share): void {
    const limits = {
      'memory.max': memory === undefined ? 'max' : String(memory * 1024 * 1024),
      'cpu.max': cpus === undefined ? 'max' : `${Math.round(cpus * period)} ${period}`,
    }
    for (const [file, value] of Object.entries(limits)) {
      const there = existsSync(join(folder, file))
      if (there || value !== 'max') writeFileSync(join(folder, file), value)
    }
  }

  return {
    place(name, share) {
      const controllers = [
        ...(share.memory === undefined ? [] : ['memory']),
        ...(share.cpus === undefined ? [] : ['cpu']),
      ]
      const needed = controllers.length > 0
      const problem = why()
      if (problem !== undefined && needed) throw refused(name, problem)
      if (path === undefined || !existsSync(join(root, 'cgroup.controllers'))) return undefined
      const folder = join(base, name)
      try {
        mkdirSync(folder, { recursive: true })
        if (needed) turnOn(controllers)
        limit(folder, share)
        return folder
      } catch (error) {
        // Without limits a group is a convenience, and an agent without rights goes without.
        if (needed) throw refused(name, messageOf(error))
        return undefined
      }
    },
  }
}

function refused(name: string, why: string): MeshboxError {
  return new MeshboxError({
    code: 'limit-cgroup',
    message: `cannot limit memory or processors of ${name}: ${why}`,
    hint: `leave out supervision.${name}.memory and .cpus on this machine (\`meshbox config unset\`)`,
  })
}
