import type { Status } from '../src/agent/status.ts'

const answerMs = 5000

/**
 * What `meshbox status --json` would print of the machine itself; undefined while its agent does not answer. Whoever waits
 * asks often, and to start a program each time costs more than all that is waited for.
 */
export async function statusAt(socket: string): Promise<Status | undefined> {
  try {
    const init = { unix: socket, signal: AbortSignal.timeout(answerMs) }
    const answer = await fetch('http://meshbox/v1/status', init)
    return answer.ok ? ((await answer.json()) as Status) : undefined
  } catch {
    return undefined
  }
}
