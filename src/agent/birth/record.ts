import { z } from 'zod'
import { clusterSchema } from '../../config/document/cluster.ts'

/** What an ensemble is born with: drawn once, agreed upon by all, and true for ever. It becomes the cluster's znode. */
export const birthSchema = clusterSchema
  .omit({ keyed: true, nextId: true, restored: true, adopted: true, recovered: true })
  .required()
  .extend({ restored: clusterSchema.shape.restored })

export type Birth = z.output<typeof birthSchema>

/** Rounds are ordered by number, then by who proposes. */
export const ballotSchema = z.object({ round: z.int().min(0), proposer: z.string() })
export type Ballot = z.output<typeof ballotSchema>

export const firstBallot: Ballot = { round: 0, proposer: '' }

/** Negative when `a` is the lower one. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round
  return a.proposer < b.proposer ? -1 : a.proposer > b.proposer ? 1 : 0
}

/** The machines of the URL as everybody sees them, whatever its order and spelling: sorted addresses. */
export function canonicalList(addresses: string[]): string {
  return [...new Set(addresses)].sort().join(',')
}
