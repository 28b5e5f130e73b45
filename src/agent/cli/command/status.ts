import { exitCode } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { statusText } from '../../display/status.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Status } from '../../status.ts'
import type { Run } from '../command.ts'

export const status: Run = async (input, screen) => {
  const now = await agentClient(foldersAt(input.text('data-dir'))).get<Status>('/v1/status')
  if (input.given('json')) screen.json(now)
  else screen.print(statusText(now, screen, Date.now()))
  return exitCode.ok
}
