import { z } from 'zod'
import { type Ballot, type Birth, ballotSchema, birthSchema, compareBallots, firstBallot } from './record.ts'

/**
 * One machine's part in the agreement on a birth, as single-decree Paxos has it: a promise and an acceptance, each on
 * disk before it is answered. `decided` is what a majority (or all) have accepted.
 */
export const acceptorSchema = z.object({
  promised: ballotSchema,
  accepted: z.object({ ballot: ballotSchema, birth: birthSchema }).optional(),
  decided: birthSchema.optional(),
})

export type Acceptor = z.output<typeof acceptorSchema>

export const newAcceptor: Acceptor = { promised: firstBallot }

/** What a machine says of itself when it is asked to take part. */
const selfSchema = z.object({
  address: z.string(),
  clientPort: z.int(),
  quorumPort: z.int(),
  electionPort: z.int(),
  /** The sorted addresses of the URL that it was given, and its path. */
  list: z.string(),
  simulated: z.boolean(),
  /** The backup that it was told to restore; only those who restore the same are born together. */
  restores: z.string().optional(),
  /** Why it cannot be born: data of another life on its disk, say. */
  obstacle: z.string().optional(),
})

export type Self = z.output<typeof selfSchema>

export const requestSchema = z.discriminatedUnion('kind', [
  /** With a path: only of a cluster whose URL has that path. */
  z.object({ kind: z.literal('look'), path: z.string().optional() }),
  z.object({ kind: z.literal('prepare'), ballot: ballotSchema, from: selfSchema }),
  z.object({ kind: z.literal('accept'), ballot: ballotSchema, birth: birthSchema }),
  z.object({ kind: z.literal('decided'), birth: birthSchema }),
])

export type Request = z.output<typeof requestSchema>

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('self'), self: selfSchema }),
  z.object({ kind: z.literal('promised'), self: selfSchema, accepted: acceptorSchema.shape.accepted }),
  z.object({ kind: z.literal('accepted') }),
  z.object({ kind: z.literal('outdated'), promised: ballotSchema }),
  z.object({ kind: z.literal('born'), birth: birthSchema }),
  z.object({ kind: z.literal('refused'), reason: z.string() }),
])

export type Reply = z.output<typeof replySchema>

/** Answers one request. The new state, when there is one, must be on disk before the reply is sent. */
export function answer(state: Acceptor, request: Request, self: Self): { state?: Acceptor; reply: Reply } {
  if (state.decided) return { reply: { kind: 'born', birth: state.decided } }
  if (request.kind === 'look') return { reply: { kind: 'self', self } }
  if (request.kind === 'prepare') {
    const difference = disagreement(self, request.from)
    if (difference) return { reply: { kind: 'refused', reason: difference } }
    if (compareBallots(request.ballot, state.promised) <= 0) return outdated(state.promised)
    return {
      state: { ...state, promised: request.ballot },
      reply: { kind: 'promised', self, accepted: state.accepted },
    }
  }
  if (!includes(request.birth, self)) {
    return { reply: { kind: 'refused', reason: `${self.address} is not among the servers of that birth` } }
  }
  if (self.obstacle) return { reply: { kind: 'refused', reason: self.obstacle } }
  if (request.kind === 'decided') {
    return { state: { ...state, decided: request.birth }, reply: { kind: 'born', birth: request.birth } }
  }
  if (compareBallots(request.ballot, state.promised) < 0) return outdated(state.promised)
  return {
    state: { ...state, promised: request.ballot, accepted: { ballot: request.ballot, birth: request.birth } },
    reply: { kind: 'accepted' },
  }
}

function outdated(promised: Ballot): { reply: Reply } {
  return { reply: { kind: 'outdated', promised } }
}

/** Why two machines cannot be born together, in words for the one who waits. */
export function disagreement(own: Self, other: Self): string | undefined {
  if (own.obstacle) return own.obstacle
  if (own.list !== other.list)
    return `${own.address} was joined with the machines ${own.list}, not ${other.list}`
  if (own.restores !== other.restores) return differentData(own, other)
  if (own.simulated === other.simulated) return undefined
  return `${own.address} was joined ${own.simulated ? 'with' : 'without'} --simulated, the others not so`
}

function differentData(own: Self, other: Self): string {
  if (own.restores === undefined) return `${own.address} was joined, and not told to restore the backup`
  if (other.restores === undefined) return `${own.address} restores a backup, and ${other.address} was joined`
  return `${own.address} restores another backup than ${other.address}`
}

function includes(birth: Birth, { address }: Self): boolean {
  return birth.servers.some(({ host }) => host === address)
}
