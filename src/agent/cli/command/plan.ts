import { systemClock, until } from '../../../clock.ts'
import { exitCode, MeshboxError, misuse } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import { actionsText } from '../../display/actions.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Action } from '../../plan/actions.ts'
import type { Status } from '../../status.ts'
import type { Run } from '../command.ts'
import { readDocument } from '../files.ts'

const pollMs = 300
const patienceMs = 300_000

/** What the document, or a file in its place, changes on this machine. */
export const plan: Run = async (input, screen) => {
  const [file] = input.args
  const apply = input.given('apply')
  if (apply && file !== undefined)
    throw misuse(
      'plan-file',
      'cannot apply a file: what is applied is the shared document',
      `run \`meshbox config apply ${file}\` first`,
    )
  const agent = agentClient(foldersAt(input.text('data-dir')))
  const actions =
    file === undefined
      ? await agent.get<Action[]>('/v1/plan')
      : await agent.post<Action[]>('/v1/plan', { text: await readDocument(file, screen) })
  if (input.given('json')) screen.json(actions)
  else if (actions.length === 0) screen.print('nothing to do: all is as the document says')
  else screen.print(actionsText(actions, screen))
  if (!apply) return actions.length > 0 && input.given('exit-code') ? exitCode.differences : exitCode.ok
  if (!actions.some(({ waits }) => waits)) return exitCode.ok
  await agent.post('/v1/plan/apply', {})
  await settled(agent)
  screen.note('applied; all services of this machine are ready')
  return exitCode.ok
}

/** @throws MeshboxError when the services of this machine are not ready again in time */
async function settled(agent: AgentClient): Promise<void> {
  let last: Status | undefined
  const ready = await until(systemClock, { everyMs: pollMs, timeoutMs: patienceMs }, async () => {
    const actions = await agent.get<Action[]>('/v1/plan')
    last = await agent.get<Status>('/v1/status')
    const services = last.machines[0]?.services ?? []
    const done = actions.every(({ waits }) => !waits) && services.every(({ state }) => state === 'ready')
    return done ? true : undefined
  })
  if (ready) return
  const ill = last?.machines[0]?.services.find(({ state }) => state !== 'ready')
  throw new MeshboxError({
    code: 'plan-unfinished',
    message: `cannot finish the plan: ${ill?.name ?? 'a service'} is not ready (${ill?.reason ?? ill?.state})`,
    hint: 'see `meshbox status` and `meshbox logs`; `meshbox config rollback` brings back a version',
  })
}
