import type { ServiceName } from '../service/spec.ts'
import { hasEnvironment, isAlive, markedProcesses, type ProcessId, sessionMembers } from './proc.ts'

/** How a process ended; of one that is not our child nothing is known. */
export type Exit = { kind: 'code'; code: number } | { kind: 'signal'; signal: string } | { kind: 'unknown' }

/** A program that runs, started by this agent or taken over from one before it. */
export type Running = {
  name: ServiceName
  id: ProcessId
  /** Drawn for this very start; stands in its environment. */
  token: string
  digest: string
  /** Size of the log when it was started: what stands before is not its own. */
  logFrom: number
  adopted: boolean
  exited: Promise<Exit>
  /** Ends the watching. */
  forget(): void
}

/** Names the start in the environment, so that it can be found when its record was never finished. */
export function marked(token: string): string {
  return `${tokenVariable}=${token}`
}

export const tokenVariable = 'MESHBOX_START'

/** What these start must outlive them: the executors of tasks, containers. */
const parents = new Set<ServiceName>(['mesos-agent', 'docker'])

/** One program by what is known of its start. */
export type Known = Pick<Running, 'name' | 'id' | 'token'>

/**
 * The living processes of the program: those of its own session, and what it has started and put elsewhere, which carries
 * the mark; not so for mesos-agent, whose executors live in sessions of their own and go on without it. Once its leader is
 * gone, the session's number may be a stranger's; then only those count that carry the mark.
 */
export function membersOf({ name, id, token }: Known): { pid: number; group: number }[] {
  const members = sessionMembers(id.pid)
  const own = isAlive(id) ? members : members.filter(({ pid }) => hasEnvironment(pid, marked(token)))
  if (parents.has(name)) return own
  const known = new Set(own.map(({ pid }) => pid))
  return [...own, ...markedProcesses(marked(token)).filter(({ pid }) => !known.has(pid))]
}
