import { systemClock } from '../../../clock.ts'
import { exitCode } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { statusText } from '../../display/status.ts'
import { foldersAt } from '../../local/folders.ts'
import type { ClusterStatus } from '../../status.ts'
import type { Run } from '../command.ts'
import { endSignal } from '../signals.ts'

const watchMs = 1000
/** To the first place of the terminal, and nothing below it (ECMA-48). */
const clear = '\u001b[H\u001b[J'

export const status: Run = async (input, screen) => {
  const agent = agentClient(foldersAt(input.text('data-dir')), input.text('node'))
  const show = async (before: string) => {
    const now = await agent.get<ClusterStatus>('/v1/cluster')
    if (input.given('json')) screen.json(now)
    else screen.print(`${before}${statusText(now, screen, Date.now())}`)
  }
  await show('')
  if (!input.given('watch')) return exitCode.ok
  const ending = new AbortController()
  void endSignal().then(() => ending.abort())
  while (!ending.signal.aborted) {
    await systemClock.sleep(watchMs, ending.signal).catch(() => {})
    if (!ending.signal.aborted) await show(screen.live ? clear : '\n')
  }
  return exitCode.ok
}
