import { systemClock, until } from '../../../clock.ts'
import { exitCode, MeshboxError } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import { rolloutState, rolloutText } from '../../display/rollout.ts'
import { foldersAt } from '../../local/folders.ts'
import { isEnd, isGoodEnd, wayOn } from '../../rollout/end.ts'
import type { RolloutReport, RolloutStatus } from '../../rollout/status.ts'
import type { Input, Run } from '../command.ts'
import type { Screen } from '../screen.ts'
import { readSeconds } from '../seconds.ts'
import { endSignal } from '../signals.ts'
import { typed } from '../typed.ts'

const path = '/v1/rollout'
const watchMs = 1000
const pollMs = 500
const defaultSeconds = 3600
/** To the first place of the terminal, and nothing below it (ECMA-48). */
const clear = '\u001b[H\u001b[J'

export const status: Run = async (input, screen) => {
  const agent = clientOf(input)
  const show = (report: RolloutReport, before = '') => {
    if (input.given('json')) screen.json(report)
    else screen.print(typed(`${before}${rolloutText(report, screen)}`, input.text('data-dir')))
  }
  if (input.given('wait')) return wait(agent, input, show)
  show(await agent.get<RolloutReport>(path))
  if (input.given('watch')) await watch(agent, screen, show)
  return exitCode.ok
}

async function watch(
  agent: AgentClient,
  screen: Screen,
  show: (report: RolloutReport, before: string) => void,
): Promise<void> {
  const ending = new AbortController()
  void endSignal().then(() => ending.abort())
  while (!ending.signal.aborted) {
    await systemClock.sleep(watchMs, ending.signal).catch(() => {})
    if (!ending.signal.aborted) show(await agent.get<RolloutReport>(path), screen.live ? clear : '\n')
  }
}

/** @throws MeshboxError when it does not end in time */
async function wait(agent: AgentClient, input: Input, show: (report: RolloutReport) => void) {
  const timeoutMs = readSeconds(input.text('timeout'), defaultSeconds) * 1000
  let report: RolloutReport = { coming: [], unseen: [] }
  /** Others may write all the time: what stood there first is waited for. One that was removed counts from 0 again. */
  let wanted: number | undefined
  const isOver = await until(systemClock, { everyMs: pollMs, timeoutMs }, async () => {
    report = await agent.get<RolloutReport>(path)
    wanted = least(wanted, report.document)
    return isEnd(report, wanted) || undefined
  })
  if (!isOver)
    throw new MeshboxError({
      code: 'rollout-unfinished',
      message: 'cannot wait any longer for the rollout',
      hint: wayOn(report),
    })
  show(report)
  return isGoodEnd(report) ? exitCode.ok : exitCode.failed
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}

const said = {
  pause: 'no further machine changes until `meshbox rollout resume`',
  resume: 'it goes on',
  abort: 'no further machine changes; what has changed stays so',
}

/** Where it is over already, a word says something of what comes next alone. */
function outcome(word: keyof typeof said, { state }: RolloutStatus): string {
  if (word === 'resume' && state === 'aborted') return 'what comes next waits for it no more'
  if (word === 'resume' && state === 'done') return 'machines may change again'
  return word === 'abort' && state === 'done' ? 'nothing is left to end' : said[word]
}

function steer(word: keyof typeof said): Run {
  return async (input, screen) => {
    const without = input.text('without')
    const body = without === undefined ? {} : { without }
    const rollout = await clientOf(input).post<RolloutStatus>(`${path}/${word}`, body)
    if (input.given('json')) screen.json(rollout)
    else
      screen.print(
        typed(`${rollout.text}: ${rolloutState(rollout)}; ${outcome(word, rollout)}`, input.text('data-dir')),
      )
    return exitCode.ok
  }
}

export const pause = steer('pause')
export const resume = steer('resume')
export const abort = steer('abort')

const clientOf = (input: Input) => agentClient(foldersAt(input.text('data-dir')))
