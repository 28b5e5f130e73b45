import { dirname, join } from 'node:path'
import type { Provided } from '../provider/choose.ts'
import type { ServiceSpec } from '../service/spec.ts'

/**
 * What gives this machine's replica of the masters' log its vote, before mesos-master runs for the first time. An empty
 * replica that may vote is right once, at the birth of the cluster; every later one learns from the others.
 */
export type FirstLog = {
  workDir: string
  /** Command lines of `mesos-log`, which lies here or there; the first program that exists is the one. */
  commands: string[][]
  env: Record<string, string>
  /** Whose the log is to be. */
  user?: string
}

const tool = 'mesos-log'
const master = 'mesos-master'

/** By the spec of the mesos-master that will use it, as it would run outside a container. */
export function firstLog({ argv, env, cwd, limits }: ServiceSpec, program: Provided): FirstLog {
  const flag = '--work_dir='
  const workDir = argv.findLast((word) => word.startsWith(flag))?.slice(flag.length) ?? join(cwd, 'work')
  const task = ['initialize', `--path=${join(workDir, 'replicated_log')}`, '--timeout=10secs']
  const variables = { ...program.env, ...env }
  return {
    workDir,
    commands: beginnings(program, workDir, Object.keys(variables)).map((words) => [...words, ...task]),
    env: variables,
    ...(limits.user === undefined ? {} : { user: limits.user }),
  }
}

function beginnings(
  { command, image, provider }: Provided,
  workDir: string,
  variables: string[],
): string[][] {
  const [path = ''] = command
  if (provider === 'simulated') return [[...command.slice(0, -1), tool]]
  if (image !== undefined) {
    const options = [...variables.map((name) => `--env=${name}`), `--volume=${workDir}:${workDir}`]
    const inside = path.endsWith(`/${master}`) ? join(dirname(path), tool) : tool
    return [['docker', 'run', '--rm', '--network=host', ...options, `--entrypoint=${inside}`, image]]
  }
  const beside = dirname(path)
  return [[join(beside, tool)], [join(beside, '../bin', tool)], [tool]]
}
