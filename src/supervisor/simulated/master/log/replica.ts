import type { Registry } from '../registry.ts'

/**
 * One master's copy of the replicated log, of which only the last entry matters: each entry is a whole registry.
 * EMPTY and STARTING replicas do not vote.
 */
export type Replica = {
  status: 'EMPTY' | 'STARTING' | 'VOTING'
  /** The highest proposal number promised to. */
  promised: number
  /** Of the last entry, and the proposal under which it was written; 0 is none. */
  position: number
  accepted: number
  registry: Registry | null
}

export type ReplicaRequest =
  | { type: 'recover' }
  | { type: 'promise'; proposal: number }
  | { type: 'write'; proposal: number; position: number; registry: Registry }

/** `refused`: the replica does not vote, or has promised to a higher proposal. */
export type ReplicaReply = { kind: 'replica'; replica: Replica } | { kind: 'refused'; promised: number }

export const emptyReplica: Replica = {
  status: 'EMPTY',
  promised: 0,
  position: 0,
  accepted: 0,
  registry: null,
}

/** What `mesos-log initialize` makes of an empty replica: it votes. Undefined for any other. */
export function initialized(replica: Replica): Replica | undefined {
  return replica.status === 'EMPTY' ? { ...replica, status: 'VOTING' } : undefined
}

/** What a request makes of the replica, and the answer to it. The new replica must be on disk before the answer leaves. */
export function handle(replica: Replica, request: ReplicaRequest): { replica: Replica; reply: ReplicaReply } {
  const refused = { replica, reply: { kind: 'refused' as const, promised: replica.promised } }
  if (request.type === 'recover') return { replica, reply: { kind: 'replica', replica } }
  if (replica.status !== 'VOTING') return refused
  if (request.type === 'promise') {
    if (request.proposal <= replica.promised) return refused
    const next = { ...replica, promised: request.proposal }
    return { replica: next, reply: { kind: 'replica', replica: next } }
  }
  if (request.proposal < replica.promised) return refused
  const next: Replica = {
    status: 'VOTING',
    promised: request.proposal,
    position: request.position,
    accepted: request.proposal,
    registry: request.registry,
  }
  return { replica: next, reply: { kind: 'replica', replica: next } }
}

/** The entry that counts among those of a quorum. */
export function latest(replicas: Replica[]): Replica {
  return replicas.reduce((best, each) =>
    each.position > best.position || (each.position === best.position && each.accepted > best.accepted)
      ? each
      : best,
  )
}

/**
 * What a replica that does not vote becomes, by what the group answered so far (its own answer first). It learns from a
 * quorum of voters; a log is begun only when 2·quorum−1 replicas are there and none has ever voted.
 */
export function recoverFrom(
  own: Replica,
  answers: Replica[],
  quorum: number,
  autoInitialize: boolean,
): Replica | undefined {
  if (own.status === 'VOTING') return undefined
  const voters = answers.filter(({ status }) => status === 'VOTING')
  if (voters.length >= quorum) {
    const promised = Math.max(...voters.map((each) => each.promised))
    return { ...latest(voters), status: 'VOTING', promised }
  }
  if (!autoInitialize) return undefined
  const all = 2 * quorum - 1
  const [empty, starting] = (['EMPTY', 'STARTING'] as const).map(
    (status) => answers.filter((each) => each.status === status).length,
  )
  if (own.status === 'EMPTY' && (empty ?? 0) + (starting ?? 0) >= all) return { ...own, status: 'STARTING' }
  if (own.status === 'STARTING' && (starting ?? 0) + voters.length >= all) return { ...own, status: 'VOTING' }
  return undefined
}
