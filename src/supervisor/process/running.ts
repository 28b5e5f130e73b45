import { hasEnvironment, isAlive, type ProcessId, sessionMembers } from './proc.ts'

/** How a process ended; of one that is not our child nothing is known. */
export type Exit = { kind: 'code'; code: number } | { kind: 'signal'; signal: string } | { kind: 'unknown' }

/** A program that runs, started by this agent or taken over from one before it. */
export type Running = {
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

/**
 * The living processes of the program: those of its own session. What it has put into sessions of their own (the
 * executors of mesos-agent) is not among them. Once its leader is gone, the session's number may be a stranger's; then
 * only those count that carry the mark.
 */
export function membersOf({ id, token }: Pick<Running, 'id' | 'token'>): { pid: number; group: number }[] {
  const members = sessionMembers(id.pid)
  return isAlive(id) ? members : members.filter(({ pid }) => hasEnvironment(pid, marked(token)))
}
