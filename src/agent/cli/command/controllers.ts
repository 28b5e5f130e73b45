import { systemClock } from '../../../clock.ts'
import { type ExitCode, exitCode, MeshboxError } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import type { Wish } from '../../controllers/begin.ts'
import type { Step } from '../../controllers/change.ts'
import type { ChangeReport, ControllersReport } from '../../controllers/open.ts'
import { isStanding } from '../../controllers/stands.ts'
import { changeText, controllersText } from '../../display/controllers.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Screen } from '../screen.ts'
import { typed } from '../typed.ts'

const path = '/v1/controllers'
const pollMs = 500

export const list: Run = async (input, screen) => {
  const report = await clientOf(input).get<ControllersReport>(path)
  if (input.given('json')) screen.json(report)
  else screen.print(typed(`${controllersText(report, screen)}${waysOn(report)}`, input.text('data-dir')))
  return exitCode.ok
}

/** Where it does not go on by itself. */
function waysOn({ change }: ControllersReport): string {
  return change?.state === 'halted'
    ? '\n  `meshbox rollout resume` tries again, `meshbox controllers undo` takes it back'
    : ''
}

export const add: Run = (input, screen) => change({ verb: 'add', nodes: input.args }, input, screen)

export const remove: Run = (input, screen) =>
  change({ verb: 'remove', nodes: input.args, gone: input.given('gone') }, input, screen)

export const replace: Run = (input, screen) => {
  const [node = '', by = ''] = input.args
  return change({ verb: 'replace', node, by, gone: input.given('gone') }, input, screen)
}

export const undo: Run = async (input, screen) => {
  const agent = clientOf(input)
  const { change } = await agent.get<ControllersReport>(path)
  const off = change?.now
    ? `${change.now.name} is in the middle of its step: it is off, by your word, where nobody finds it any more. `
    : ''
  await confirm(`${off}The change of controllers that is under way is taken back. Go on?`, input.given('yes'))
  const { id } = await agent.post<{ id: string }>(`${path}/undo`, {})
  return watch(agent, { id, back: true }, input, screen)
}

async function change(wish: Wish, input: Input, screen: Screen): Promise<ExitCode> {
  const agent = clientOf(input)
  const { steps } = await agent.post<{ steps: Step[] }>(`${path}/plan`, wish)
  for (const [index, { text }] of steps.entries()) screen.note(`  ${index + 1}. ${text}`)
  if (steps.some(({ task }) => task === 'begin'))
    screen.note(
      '  Between the stop of the only mesos-master and the start of the second one none leads: tasks go on.',
    )
  await confirm(`${steps.length} steps, one machine at a time. Go on?`, input.given('yes'))
  const { id } = await agent.post<{ id: string }>(path, wish)
  return watch(agent, { id, back: false }, input, screen)
}

/** By its id; `back`: it was taken back, and its end is that it is. */
type Watched = { id: string; back: boolean }

/** Shows each step as it is done. The change goes on by itself, whether somebody watches or not. */
async function watch(agent: AgentClient, watched: Watched, input: Input, screen: Screen): Promise<ExitCode> {
  const { id, back } = watched
  if (input.given('no-wait')) {
    if (input.given('json')) screen.json({ id })
    else screen.print(typed('begun; `meshbox controllers list` shows how far it is', input.text('data-dir')))
    return exitCode.ok
  }
  let shown = ''
  /** What the agent has seen last may be the change before. */
  let begun = false
  for (;;) {
    // ZooKeeper may be electing a leader.
    const report = await agent.get<ControllersReport>(path).catch((error) => {
      if (error instanceof MeshboxError && error.exit === exitCode.notRunning) throw error
      return undefined
    })
    const now = report?.change?.id === id ? report.change : undefined
    if (report?.change && !now && begun) throw over('another change has begun meanwhile')
    begun ||= now !== undefined
    const line = now ? changeText(now) : shown
    if (line !== shown) screen.note(`  ${line}`)
    shown = line
    if (report && now && isStanding(now, back)) return finish(report, now, back, input, screen)
    await systemClock.sleep(pollMs)
  }
}

function finish(
  report: ControllersReport,
  now: ChangeReport,
  back: boolean,
  input: Input,
  screen: Screen,
): ExitCode {
  if (input.given('json')) screen.json(report)
  else screen.print(controllersText(report, screen))
  if (now.state === (back ? 'aborted' : 'done')) return exitCode.ok
  if (now.state === 'aborted') throw over(`it ended before it was done: ${now.why ?? 'no reason was told'}`)
  if (now.state === 'done') throw over('it is done, and was not taken back')
  throw new MeshboxError({
    code: 'controllers-halted',
    message: `cannot go on with the change of controllers: ${now.why ?? 'somebody has paused it'}`,
    hint:
      'mend that, then `meshbox rollout resume`, with --without NAME where a machine is off for good; ' +
      'or take it back: `meshbox controllers undo`',
  })
}

const over = (why: string) =>
  new MeshboxError({ code: 'controllers-over', message: `cannot change the controllers: ${why}` })
const clientOf = (input: Input) => agentClient(foldersAt(input.text('data-dir')))
