import { exitCode, misuse } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import type { ListedJoinToken } from '../../api/join-tokens.ts'
import type { ListedToken } from '../../api/tokens.ts'
import { age } from '../../display/services.ts'
import { table } from '../../display/table.ts'
import { writeSecretFile } from '../../key/file.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import { spanMs } from '../seconds.ts'
import { apiTokenRow, createApiToken } from './api-token.ts'

const clientOf = (input: Input) => agentClient(foldersAt(input.text('data-dir')))

/** The answer goes to standard output alone, so that a script can take it. */
export const create: Run = async (input, screen) => {
  if (input.text('api') !== undefined) return createApiToken(input, screen)
  const wish = { role: readRole(input), seconds: readLife(input) }
  type Made = ListedJoinToken & { token: string }
  const { token, ...record } = await clientOf(input).post<Made>('/v1/join-tokens', wish)
  const file = input.text('out')
  if (file !== undefined) writeSecretFile(file, token)
  if (input.given('json')) screen.json({ ...record, ...(file === undefined ? { token } : {}) })
  else if (file === undefined) screen.data(token)
  const given = file === undefined ? '--token TOKEN' : `--token-file ${file}`
  screen.note(
    `Token ${record.id} lets one ${record.role} in within ${age(wish.seconds * 1000)}. There: meshbox join … ${given}`,
  )
  return exitCode.ok
}

/** Those with which machines join, and those for the API. */
export const list: Run = async (input, screen) => {
  const client = clientOf(input)
  const tokens = await client.get<ListedJoinToken[]>('/v1/join-tokens')
  const forApi = await client.get<ListedToken[]>('/v1/tokens')
  if (input.given('json')) screen.json([...tokens, ...forApi])
  else {
    const now = Date.now()
    const rows = tokens.map((each) => [each.id, `join, ${each.role}`, stateOf(each, now), each.by])
    const apiRows = forApi.map((each) => apiTokenRow(each, now))
    screen.print(table(screen, ['TOKEN', 'FOR', 'STATE', 'MADE BY'], [...rows, ...apiRows]))
  }
  return exitCode.ok
}

export const revoke: Run = async (input, screen) => {
  const [id = ''] = input.args
  const path = /^[0-9a-f]{8}$/.test(id) ? '/v1/tokens/revoke' : '/v1/join-tokens/revoke'
  await clientOf(input).post(path, { id })
  if (input.given('json')) screen.json({ revoked: id })
  screen.note(`Token ${id} is worth nothing now.`)
  return exitCode.ok
}

function stateOf({ used, expires }: ListedJoinToken, now: number): string {
  if (used) return `used by ${used.name} (${used.address}) ${age(now - used.at)} ago`
  return expires <= now ? 'ran out' : `good for ${age(expires - now)}`
}

function readRole(input: Input): string {
  const role = input.text('role') ?? 'worker'
  if (role === 'worker' || role === 'controller') return role
  throw misuse(
    'token-role',
    `cannot make a token for a "${role}": --role takes worker or controller`,
    'write --role worker',
  )
}

function readLife(input: Input): number {
  const text = input.text('expires') ?? '1h'
  const span = spanMs(text)
  if (span !== undefined) return span / 1000
  throw misuse(
    'token-expires',
    `cannot make a token for "${text}": --expires takes a number and s, m, h or d`,
    'write --expires 1h',
  )
}
