import type { Clock } from '../../clock.ts'
import type { ServiceName } from '../service/spec.ts'
import {
  commandOf,
  environmentOf,
  findSession,
  identify,
  isAlive,
  type ProcessId,
  ticksPerSecond,
} from './proc.ts'
import type { ProcessRecord, Records } from './records.ts'
import { type Exit, marked, membersOf, type Running } from './running.ts'

const pollMs = 80
/** Between the intention and the new process lies one write to a disk. */
const longestStart = 30 * ticksPerSecond

/**
 * The program that an agent before this one has started and of which something still runs. A stranger that has got its
 * pid is not it, whatever else it may have in common with the one that was started.
 * @throws when the record cannot be read; then nothing may be started, for it may run already
 */
export function adopt(name: ServiceName, records: Records, clock: Clock): Running | undefined {
  const record = records.get(name)
  if (!record) return undefined
  const id = record.id ?? unfinished(record)
  const { token, digest, logFrom } = record
  if (!id || isStranger(id, record) || membersOf({ name, id, token }).length === 0) {
    records.remove(name)
    return undefined
  }
  return { name, id, token, digest, logFrom, adopted: true, ...watch(id, clock) }
}

/**
 * Neither the mark of that start in its environment, which it inherits and keeps, nor that command line, which a script may
 * change: what was only taken over has no mark. One that shows nobody its environment is believed, as is a record of a version
 * that wrote down no command lines.
 */
function isStranger(id: ProcessId, { token, command }: ProcessRecord): boolean {
  const environment = command.length > 0 && isAlive(id) ? environmentOf(id.pid) : undefined
  if (environment === undefined || environment.includes(marked(token))) return false
  return !Bun.deepEquals(commandOf(id.pid), command)
}

/** The agent ended after the start and before the record of it. The program itself may have ended since. */
function unfinished({ token, intendedAt }: ProcessRecord): ProcessId | undefined {
  const session = findSession(marked(token), { from: intendedAt, until: intendedAt + longestStart })
  if (session === undefined) return undefined
  return identify(session) ?? { pid: session, startTime: '', bootId: '' }
}

/** What cannot be known is no end. */
function hasEnded(id: ProcessId): boolean {
  try {
    return !isAlive(id)
  } catch {
    return false
  }
}

/** Not a child of ours: the kernel tells its end to somebody else, so it is looked at. */
function watch(id: ProcessId, clock: Clock): { exited: Promise<Exit>; forget(): void } {
  let cancel = () => {}
  const exited = new Promise<Exit>((resolve) => {
    const look = () => {
      if (hasEnded(id)) return resolve({ kind: 'unknown' })
      cancel = clock.after(pollMs, look)
    }
    look()
  })
  return { exited, forget: () => cancel() }
}
