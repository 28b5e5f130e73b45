import type { Clock } from '../../clock.ts'
import type { ServiceName } from '../service/spec.ts'
import { findByEnvironment, identify, isAlive, type ProcessId } from './proc.ts'
import type { Records } from './records.ts'
import { type Exit, type Running, tokenVariable } from './spawn.ts'

const pollMs = 100

/** The program that an agent before this one has started and that still runs. A stranger with its pid is not it. */
export function adopt(name: ServiceName, records: Records, clock: Clock): Running | undefined {
  const record = records.get(name)
  if (!record) return undefined
  const id = record.id ?? unfinished(record.token)
  if (!id || !isAlive(id)) {
    records.remove(name)
    return undefined
  }
  if (!record.id) records.put({ ...record, id })
  return { id, digest: record.digest, adopted: true, ...watch(id, clock) }
}

/** The agent was killed after the start and before the record of it. */
function unfinished(token: string): ProcessId | undefined {
  const pid = findByEnvironment(tokenVariable, token)
  return pid === undefined ? undefined : identify(pid)
}

/** Not a child of ours: the kernel tells its end to somebody else, so it is looked at. */
function watch(id: ProcessId, clock: Clock): { exited: Promise<Exit>; forget(): void } {
  let forget = () => {}
  const exited = new Promise<Exit>((resolve) => {
    const look = () => {
      if (!isAlive(id)) return resolve({ kind: 'unknown' })
      forget = clock.after(pollMs, look)
    }
    look()
  })
  return { exited, forget: () => forget() }
}
