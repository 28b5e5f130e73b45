import { readFileSync } from 'node:fs'
import { MeshboxError } from '../../error.ts'

/** What a program may take of the machine. Left out: as the agent has it. */
export type Limits = {
  /** Files and sockets that it may have open at once. */
  openFiles?: number
  /** -1000 to 1000 (proc(5)): how soon it is killed when memory runs out; what it starts inherits it. */
  oomScore?: number
  /** Whose rights it gets. */
  user?: string
  /** MiB. */
  memory?: number
  cpus?: number
}

/** What the agent itself may do about limits, and how it finds a user's own group. */
export type Rights = {
  root: boolean
  /** CAP_SYS_RESOURCE (capabilities(7)), which root in a container often lacks. */
  resources: boolean
  mostFiles: number
  groupOf: (user: string) => string
}

const capSysResource = 1n << 24n

export function ownRights(): Rights {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  const effective = /^CapEff:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return {
    root: process.getuid?.() === 0,
    resources: (BigInt(`0x${effective}`) & capSysResource) !== 0n,
    groupOf,
    mostFiles: hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard),
  }
}

/** @throws MeshboxError when there is no such user */
function groupOf(user: string): string {
  const { exitCode, stdout } = Bun.spawnSync(['id', '-g', user], { stderr: 'ignore' })
  if (exitCode === 0) return stdout.toString().trim()
  throw new MeshboxError({
    code: 'limit-user',
    message: `cannot start it as ${user}: there is no such user`,
    hint: `useradd --system ${user}`,
  })
}

/**
 * The command line under its limits: util-linux's programs set them and become the program, whose pid it stays. Without
 * the right to, the number of files is raised as far as it goes, and a better score is not asked for.
 * @throws MeshboxError when it is to run as somebody else, and that needs root
 */
export function limited(
  argv: string[],
  limits: Limits,
  { root, resources, mostFiles, groupOf }: Rights,
): string[] {
  const { openFiles, oomScore, user } = limits
  if (user !== undefined && !root)
    throw new MeshboxError({
      code: 'limit-user',
      message: `cannot start it as ${user}: only root can`,
      hint: 'run meshbox as root, or leave out the user',
    })
  const files = openFiles === undefined || resources ? openFiles : Math.min(openFiles, mostFiles)
  return [
    ...(files === undefined ? [] : ['prlimit', `--nofile=${files}:${files}`]),
    ...(oomScore === undefined || (!resources && oomScore < 0)
      ? []
      : ['choom', '-n', String(oomScore), '--']),
    ...(user === undefined
      ? []
      : ['setpriv', `--reuid=${user}`, `--regid=${groupOf(user)}`, '--init-groups']),
    ...argv,
  ]
}
