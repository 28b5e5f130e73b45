import { systemClock, until } from '../../../clock.ts'
import { exitCode, MeshboxError } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import type { Report } from '../../api/maintenance.ts'
import { maintenanceText } from '../../display/maintenance.ts'
import { working } from '../../display/working.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import { readSeconds } from '../seconds.ts'
import { typed } from '../typed.ts'

const path = '/v1/maintenance'
const pollMs = 500
const defaultSeconds = 300

/** No tasks for a machine until it is turned off. */
export const on: Run = async (input, screen) => {
  const why = input.text('message')
  const node = input.text('node')
  const agent = clientOf(input)
  await agent.post(path, { on: true, ...(why === undefined ? {} : { why }) })
  const drained = settled(input, agent, ({ maintenance }) => maintenance?.state === 'drained')
  const report = await working(screen, 'moving the tasks elsewhere', drained)
  const off = node === undefined ? 'off' : `off --node ${node}`
  if (input.given('json')) screen.json(report)
  else {
    const done = `no task runs on ${whereOf(input)} any more; \`meshbox maintenance ${off}\` ends it`
    screen.print(typed(done, input.text('data-dir')))
  }
  return exitCode.ok
}

export const off: Run = async (input, screen) => {
  const agent = clientOf(input)
  await agent.post(path, { on: false })
  const over = settled(input, agent, ({ maintenance }) => maintenance === undefined)
  const report = await working(screen, 'telling the master', over)
  if (input.given('json')) screen.json(report)
  else screen.print(`${whereOf(input)} takes tasks`)
  return exitCode.ok
}

/** @throws MeshboxError when it takes longer; the agent goes on all the same */
async function settled(input: Input, agent: AgentClient, isDone: (report: Report) => boolean) {
  const seconds = readSeconds(input.text('timeout'), defaultSeconds)
  let last: Report = {}
  const done = await until(systemClock, { everyMs: pollMs, timeoutMs: seconds * 1000 }, async () => {
    last = await agent.get(path)
    return isDone(last) || undefined
  })
  if (done) return last
  const { maintenance } = last
  const state = maintenance ? maintenanceText(maintenance, systemClock.now()) : 'somebody has ended it'
  throw new MeshboxError({
    code: 'maintenance-unfinished',
    message: `cannot wait any longer for ${whereOf(input)}: ${state}`,
    hint: 'it goes on by itself; `meshbox status` there shows how far it is',
  })
}

const clientOf = (input: Input) => agentClient(foldersAt(input.text('data-dir')), input.text('node'))
const whereOf = (input: Input) => input.text('node') ?? 'this machine'
