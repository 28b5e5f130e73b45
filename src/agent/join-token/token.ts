import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { misuse } from '../../error.ts'

/** What a machine may become that comes with a token. */
export const roles = ['worker', 'controller'] as const

const usedSchema = z.object({
  /** Unix milliseconds. */
  at: z.number(),
  name: z.string(),
  address: z.string(),
  /** Drawn by the machine that asks: when it has to ask again, because an answer was lost, it is still the same one. */
  claim: z.string(),
})

/** A join token as the cluster keeps it. Whoever reads this cannot use it. */
export const recordSchema = z.object({
  id: z.string(),
  role: z.enum(roles),
  /** SHA-256 of its secret, in hex: 256 random bits need no slow hash. */
  hash: z.string(),
  /** The machine on which it was made. */
  by: z.string(),
  /** Unix milliseconds, as `expires`. */
  created: z.number(),
  expires: z.number(),
  used: usedSchema.optional(),
})

export type TokenRecord = z.output<typeof recordSchema>
export type Role = TokenRecord['role']

/** What is in the text that people hand on. */
export type JoinToken = {
  /** Names it in lists and logs; tells nothing of the rest. */
  id: string
  secret: Buffer
  /** SHA-256 of the public key of whoever may be told the secret. */
  pin: Buffer
}

const idBytes = 8
const secretBytes = 32
const pinBytes = 32
const form = /^mbj_([0-9a-f]{16})_([A-Za-z0-9_-]{86})$/

export function newToken(pin: Uint8Array, random: (bytes: Uint8Array) => Uint8Array): JoinToken {
  const bytes = (count: number) => Buffer.from(random(new Uint8Array(count)))
  return { id: bytes(idBytes).toString('hex'), secret: bytes(secretBytes), pin: Buffer.from(pin) }
}

export function tokenText({ id, secret, pin }: JoinToken): string {
  return `mbj_${id}_${Buffer.concat([secret, pin]).toString('base64url')}`
}

/**
 * The text itself is never shown.
 * @throws MeshboxError (exit 2) for a text that is no join token
 */
export function readToken(text: string, source: string): JoinToken {
  const [, id, rest] = form.exec(text.trim()) ?? []
  const bytes = Buffer.from(rest ?? '', 'base64url')
  if (id === undefined || bytes.length !== secretBytes + pinBytes)
    throw misuse(
      'token-text',
      `cannot use the token in ${source}: it is no join token`,
      'make one with `meshbox token create` on a machine of the cluster, and copy all of it',
    )
  return { id, secret: bytes.subarray(0, secretBytes), pin: bytes.subarray(secretBytes) }
}

export function hashOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** A machine that wants the key for a token. */
export type Claim = { secret: Uint8Array; role: Role; claim: string }

export type Verdict = 'good' | 'unknown' | 'used' | 'expired' | 'other-role'

/**
 * Whether a machine gets the key for a token.
 * @param record undefined when there is none with that id
 * @param now Unix milliseconds
 */
export function judge(record: TokenRecord | undefined, { secret, role, claim }: Claim, now: number): Verdict {
  if (!record || !isSame(hashOf(secret), record.hash)) return 'unknown'
  if (record.used && record.used.claim !== claim) return 'used'
  if (now >= record.expires) return 'expired'
  return record.role === role ? 'good' : 'other-role'
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
