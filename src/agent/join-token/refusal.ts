import { MeshboxError } from '../../error.ts'
import type { Claim, TokenRecord, Verdict } from './token.ts'

/** A machine that asks for the key with a token, and how it is called. */
export type Claimed = Claim & { id: string; name: string; address: string }

/** A text that says where: this machine is not in the cluster yet. */
export const anotherToken = (flags = '') =>
  `make another token: \`meshbox token create${flags}\` on a machine of the cluster`

/** What the person who joins has to know. A secret that is wrong tells nothing of the token. */
export function refusal(
  verdict: Verdict,
  { id, role }: Pick<Claimed, 'id' | 'role'>,
  record: TokenRecord | undefined,
): MeshboxError {
  const used = record?.used
  const words: Record<string, [why: string, hint: string]> = {
    used: [
      `was used already${used ? `, by ${used.name} (${used.address}) on ${date(used.at)}` : ''}`,
      `each is good for one machine; if that was not yours, change the key of the cluster. Else ${anotherToken()}`,
    ],
    expired: [`ran out on ${date(record?.expires ?? 0)}`, anotherToken()],
    'other-role': [
      `is for a ${record?.role}, and this machine would be a ${role}`,
      anotherToken(` --role ${role}`),
    ],
  }
  const [why, hint] = words[verdict] ?? [
    'is not known to the cluster: it was revoked, or never made there',
    anotherToken(),
  ]
  const message = `cannot join: the token ${id} ${why}`
  return new MeshboxError({ code: `token-${verdict}`, message, hint })
}

const date = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
