import { readdirSync, readFileSync } from 'node:fs'
import { tokenVariable } from '../../supervisor/process/running.ts'
import type { ServiceName } from '../../supervisor/service/spec.ts'
import { flagsAround, flagsIn, type GivenFlag, programOf } from './command-line.ts'

/** A program that runs here and that meshbox has not started. */
export type FoundProgram = {
  name: ServiceName
  pid: number
  argv: string[]
  /** Whose rights it has, where that is not root. */
  user?: string
  /** The systemd unit that it runs in. */
  unit?: string
  /** Those of its environment first: the command line counts more. */
  flags: GivenFlag[]
  /** Whether it leads a session of its own, as what a service manager starts does. */
  leads: boolean
}

/** Looks through the processes of this machine. */
export function findRunningPrograms(): FoundProgram[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => {
      try {
        return look(pid)
      } catch {
        return [] // ended meanwhile
      }
    })
}

function look(pid: number): FoundProgram[] {
  const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
  const argv = read('cmdline').split('\0').slice(0, -1)
  const name = programOf(argv)
  if (!name) return []
  const environment = read('environ').split('\0')
  if (environment.some((line) => line.startsWith(`${tokenVariable}=`))) return []
  const prefix = name === 'marathon' ? 'MARATHON_' : 'MESOS_'
  const unit = /\/([^/\n]+\.service)$/m.exec(read('cgroup'))?.[1]
  const stat = read('stat')
  const session = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
  return [
    {
      name,
      pid,
      argv,
      ...userOf(read('status')),
      ...(unit === undefined ? {} : { unit }),
      flags: [...flagsAround(environment, prefix), ...flagsIn(argv)],
      leads: session === pid,
    },
  ]
}

/** From the lines of /proc/pid/status (proc(5)); a number where the user has no name. */
function userOf(status: string): { user?: string } {
  const id = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? '0'
  if (id === '0') return {}
  const { exitCode, stdout } = Bun.spawnSync(['id', '-nu', id], { stderr: 'ignore' })
  return { user: exitCode === 0 ? stdout.toString().trim() : id }
}
