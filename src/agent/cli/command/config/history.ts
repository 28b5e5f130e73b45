import type { Past } from '../../../../config/document/history.ts'
import type { Written } from '../../../../config/document/shared.ts'
import { exitCode } from '../../../../error.ts'
import { table } from '../../../display/table.ts'
import type { Run } from '../../command.ts'
import { author, clientFor, tellWritten, versionOf } from './agent.ts'

export const history: Run = async (input, screen) => {
  const all = await clientFor(input).get<Omit<Past, 'text'>[]>('/v1/config/history')
  if (input.given('json')) screen.json(all)
  else {
    const rows = all.map(({ version, when, who, how, why }) => [
      String(version),
      when.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
      who,
      how,
      why ?? '',
    ])
    screen.print(table(screen, ['VERSION', 'WHEN', 'WHO', 'HOW', 'WHY'], rows))
  }
  return exitCode.ok
}

export const rollback: Run = async (input, screen) => {
  const [text = ''] = input.args
  const version = versionOf(text)
  const body = { version, author: author(input, `rollback ${version}`) }
  const written = await clientFor(input).post<Written>('/v1/config/rollback', body)
  if (input.given('json')) screen.json(written)
  else tellWritten(written, undefined, screen)
  return exitCode.ok
}
