import { createHash, randomUUID } from 'node:crypto'
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { ServiceSpec } from '../service/spec.ts'
import type { Cgroups } from './cgroup.ts'
import { limited, ownRights } from './limits.ts'
import { identify, ticksNow } from './proc.ts'
import type { Records } from './records.ts'
import { type Exit, type Running, tokenVariable } from './running.ts'

/**
 * Starts the program in a session of its own, its output going to its log. The intention is on disk before, the
 * identity after it: an agent that is killed in between finds the program by the token.
 * @throws when the intention or the log cannot be written, or the program cannot be started; then nothing runs
 */
export function spawnRecorded(spec: ServiceSpec, records: Records, cgroups: Cgroups, log: Log): Running {
  mkdirSync(dirname(spec.logFile), { recursive: true })
  mkdirSync(spec.cwd, { recursive: true })
  const cgroup = cgroups.place(spec.name, spec.limits)
  const argv = limited(spec.argv, spec.limits, ownRights())
  if (spec.limits.user !== undefined) giveFolder(spec.cwd, spec.limits.user)
  const output = openSync(spec.logFile, 'a', 0o640)
  try {
    const record = {
      name: spec.name,
      token: randomUUID(),
      digest: digestOf(spec),
      intendedAt: ticksNow(),
      logFrom: fstatSync(output).size,
      command: spec.argv,
    }
    records.put(record)
    const child = Bun.spawn(argv, {
      cwd: spec.cwd,
      env: { ...inherited(), ...spec.env, [tokenVariable]: record.token },
      detached: true,
      ...(cgroup === undefined ? {} : { cgroup }),
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    })
    child.unref()
    const id = identify(child.pid)
    try {
      if (id) records.put({ ...record, id })
    } catch (error) {
      // It runs, and the intention on disk is enough to find it again.
      log.error({ service: spec.name, pid: child.pid, error: messageOf(error) }, 'record not finished')
    }
    return {
      ...record,
      id: id ?? { pid: child.pid, startTime: '', bootId: '' },
      adopted: false,
      exited: child.exited.then(
        (code): Exit =>
          child.signalCode ? { kind: 'signal', signal: String(child.signalCode) } : { kind: 'code', code },
      ),
      forget() {},
    }
  } finally {
    closeSync(output)
  }
}

/** What was written for the program, or by it when it ran as somebody else, is its user's. */
export function giveFolder(path: string, user: string): void {
  const { exitCode, stderr } = Bun.spawnSync(['chown', '-R', `${user}:`, path])
  if (exitCode !== 0) throw new Error(`cannot give ${path} to ${user}: ${stderr.toString().trim()}`)
}

/** Changes whenever the program would have to be started again to be as planned. */
export function digestOf({ argv, env, cwd, files, logFile, limits }: ServiceSpec): string {
  const lasting = files.filter(({ write }) => write !== 'birth')
  return createHash('sha256')
    .update(JSON.stringify([argv, env, cwd, lasting, logFile, limits]))
    .digest('hex')
}

/** Programs get a small environment of their own, not that of the shell which started meshbox. */
function inherited(): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/', LANG = 'C.UTF-8' } = process.env
  const optional = ['JAVA_HOME', 'TZ', 'DOCKER_HOST'].map((name) => [name, process.env[name]] as const)
  return {
    PATH,
    HOME,
    LANG,
    ...Object.fromEntries(optional.flatMap(([name, value]) => (value ? [[name, value]] : []))),
  }
}
