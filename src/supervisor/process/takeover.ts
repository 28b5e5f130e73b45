import type { ServiceName } from '../service/spec.ts'
import { commandOf, identify, ticksNow } from './proc.ts'
import type { Records } from './records.ts'

/** Of a program that somebody else has started: whatever its flags are, it is as it should be until they are to change. */
export const asItRuns = 'as it runs'

/**
 * Writes a running program down as one of ours, for the next agent to find.
 * @returns whether it still runs
 */
export function takeOver(name: ServiceName, pid: number, records: Records): boolean {
  const id = identify(pid)
  if (!id) return false
  const token = crypto.randomUUID() // stands in no environment
  records.put({
    name,
    token,
    digest: asItRuns,
    intendedAt: ticksNow(),
    logFrom: 0,
    command: commandOf(pid),
    id,
  })
  return true
}
