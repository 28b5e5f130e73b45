import { paths } from '../../wire/messages.ts'
import type { ReplicaReply, ReplicaRequest } from './replica.ts'

const answerMs = 2000

/** Asks the replica of another master, named by its znode: `log-replica(1)@10.0.0.1:5050`. Undefined: no answer. */
export async function askReplica(member: string, request: ReplicaRequest): Promise<ReplicaReply | undefined> {
  try {
    const answer = await fetch(`http://${member.slice(member.indexOf('@') + 1)}${paths.replica}`, {
      method: 'POST',
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(answerMs),
    })
    return answer.ok ? ((await answer.json()) as ReplicaReply) : undefined
  } catch {
    return undefined
  }
}
