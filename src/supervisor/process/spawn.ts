import { createHash, randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ServiceSpec } from '../service/spec.ts'
import { identify, type ProcessId } from './proc.ts'
import type { Records } from './records.ts'

/** How a process ended; of one that is not our child nothing is known. */
export type Exit = { kind: 'code'; code: number } | { kind: 'signal'; signal: string } | { kind: 'unknown' }

/** A program that runs, started by this agent or taken over from one before it. */
export type Running = {
  id: ProcessId
  digest: string
  adopted: boolean
  exited: Promise<Exit>
  forget(): void
}

/** Names the start in the environment, so that it can be found when its record was never finished. */
export const tokenVariable = 'MESHBOX_START'

/**
 * Starts the program in a session of its own, its output going to its log. The intention is on disk before, the
 * identity after it: an agent that is killed in between finds the program by the token.
 * @throws when the record or the log cannot be written, or the program cannot be started; then nothing runs
 */
export function spawnRecorded(spec: ServiceSpec, records: Records): Running {
  const digest = digestOf(spec)
  const record = { name: spec.name, token: randomUUID(), digest }
  records.put(record)
  mkdirSync(dirname(spec.logFile), { recursive: true })
  mkdirSync(spec.cwd, { recursive: true })
  const log = openSync(spec.logFile, 'a', 0o640)
  try {
    const child = Bun.spawn(spec.argv, {
      cwd: spec.cwd,
      env: { ...inherited(), ...spec.env, [tokenVariable]: record.token },
      detached: true,
      stdin: 'ignore',
      stdout: log,
      stderr: log,
    })
    child.unref()
    const id = identify(child.pid)
    if (id) records.put({ ...record, id })
    const exited = child.exited.then(
      (code): Exit =>
        child.signalCode ? { kind: 'signal', signal: String(child.signalCode) } : { kind: 'code', code },
    )
    return {
      id: id ?? { pid: child.pid, startTime: '', bootId: '' },
      digest,
      adopted: false,
      exited,
      forget() {},
    }
  } catch (error) {
    records.remove(spec.name)
    throw error
  } finally {
    closeSync(log)
  }
}

/** Changes whenever the program would have to be started again to be as planned. */
export function digestOf({ argv, env, cwd, files, logFile }: ServiceSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([argv, env, cwd, files, logFile]))
    .digest('hex')
}

/** Programs get a small environment of their own, not that of the shell which started meshbox. */
function inherited(): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/', LANG = 'C.UTF-8', JAVA_HOME, TZ } = process.env
  return { PATH, HOME, LANG, ...(JAVA_HOME ? { JAVA_HOME } : {}), ...(TZ ? { TZ } : {}) }
}
