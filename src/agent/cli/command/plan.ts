import { exitCode } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { actionsText } from '../../display/actions.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Action } from '../../plan/actions.ts'
import type { Run } from '../command.ts'
import { readDocument } from '../files.ts'
import { typed } from '../typed.ts'

/** What the document, or a file in its place, changes on this machine. */
export const plan: Run = async (input, screen) => {
  const [file] = input.args
  const agent = agentClient(foldersAt(input.text('data-dir')))
  const actions =
    file === undefined
      ? await agent.get<Action[]>('/v1/plan')
      : await agent.post<Action[]>('/v1/plan', { text: await readDocument(file, screen) })
  if (input.given('json')) screen.json(actions)
  else if (actions.length === 0) screen.print('nothing to do: all is as the document says')
  else screen.print(typed(actionsText(actions, screen), input.text('data-dir')))
  return actions.length > 0 && input.given('exit-code') ? exitCode.differences : exitCode.ok
}
