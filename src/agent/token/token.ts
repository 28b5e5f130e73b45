import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

export const scopes = ['read', 'change'] as const

/** A token for the API as the cluster keeps it: whoever reads this cannot use it. */
export const recordSchema = z.object({
  id: z.string(),
  scope: z.enum(scopes),
  /** SHA-256 of the whole token, in hex: 256 random bits need no slow hash. */
  hash: z.string(),
  who: z.string(),
  why: z.string().optional(),
  /** ISO 8601. */
  created: z.string(),
  /** Unix milliseconds; absent for one that never runs out. */
  expires: z.number().optional(),
})

export type TokenRecord = z.output<typeof recordSchema>

const form = /^mbx_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/

/** The id names a token in lists and logs; it tells nothing of the rest. */
export function newToken(random: (bytes: Uint8Array) => Uint8Array): { id: string; token: string } {
  const bytes = (count: number) => Buffer.from(random(new Uint8Array(count)))
  const id = bytes(4).toString('hex')
  return { id, token: `mbx_${id}_${bytes(32).toString('base64url')}` }
}

/** The id in a token; undefined for a text that is none. */
export const idOf = (token: string): string | undefined => form.exec(token)?.[1]

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** @param now Unix milliseconds */
export function isGood(token: string, record: TokenRecord, now: number): boolean {
  const [given, kept] = [Buffer.from(hashOf(token), 'hex'), Buffer.from(record.hash, 'hex')]
  const same = given.length === kept.length && timingSafeEqual(given, kept)
  return same && (record.expires === undefined || now < record.expires)
}
