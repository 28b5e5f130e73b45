import { userInfo } from 'node:os'
import { exitCode, misuse } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import type { ListedToken } from '../../api/tokens.ts'
import { age } from '../../display/services.ts'
import type { Cell } from '../../display/table.ts'
import { writeSecretFile } from '../../key/file.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Run } from '../command.ts'
import { spanMs } from '../seconds.ts'

const longestMs = 10 * 365 * 86_400_000

/** `meshbox token create --api …` */
export const createApiToken: Run = async (input, screen) => {
  const scope = input.text('api')
  if (scope !== 'read' && scope !== 'change')
    throw misuse(
      'token-scope',
      `cannot make a token for "${scope}": --api takes read or change`,
      'write --api read, or --api change, which includes read',
    )
  const why = input.text('message')
  const wish = {
    scope,
    seconds: lifeMs(input.text('expires') ?? '30d') / 1000,
    who: process.env.SUDO_USER ?? userInfo().username,
    ...(why === undefined ? {} : { why }),
  }
  const client = agentClient(foldersAt(input.text('data-dir')))
  const { token, ...record } = await client.post<ListedToken & { token: string }>('/v1/tokens', wish)
  const file = input.text('out')
  if (file !== undefined) writeSecretFile(file, token)
  if (input.given('json')) screen.json({ ...record, ...(file === undefined ? { token } : {}) })
  else if (file === undefined) screen.data(token)
  screen.note(
    `Token ${record.id} may ${scope} the API of every machine for ${age(wish.seconds * 1000)}. Send it as \`Authorization: Bearer TOKEN\`.`,
  )
  return exitCode.ok
}

/** A row of `meshbox token list`. */
export function apiTokenRow({ id, scope, expires, who, why }: ListedToken, now: number): Cell[] {
  const left = expires === undefined ? 'good' : expires <= now ? 'ran out' : `good for ${age(expires - now)}`
  return [id, `API, ${scope}`, left, why === undefined ? who : `${who}: ${why}`]
}

function lifeMs(text: string): number {
  const span = spanMs(text)
  if (span !== undefined && span > 0 && span <= longestMs) return span
  throw misuse(
    'token-expires',
    `cannot make a token for "${text}": --expires takes a number and s, m, h or d, ten years at most`,
    'write --expires 30d',
  )
}
