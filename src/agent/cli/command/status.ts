import { systemClock } from '../../../clock.ts'
import { exitCode, messageOf } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { statusText } from '../../display/status.ts'
import { windowOf } from '../../display/window.ts'
import { foldersAt } from '../../local/folders.ts'
import type { ClusterStatus } from '../../status.ts'
import type { Run } from '../command.ts'
import type { Screen } from '../screen.ts'
import { endSignal } from '../signals.ts'

const watchMs = 1000
/** To the first place of the terminal, and nothing below it (ECMA-48). */
const clear = '\u001b[H\u001b[J'

export const status: Run = async (input, screen) => {
  const node = input.text('node')
  const agent = agentClient(foldersAt(input.text('data-dir')), node)
  const text = (whole: ClusterStatus) => statusText(whole, screen, Date.now(), node !== undefined)
  const look = () => agent.get<ClusterStatus>('/v1/cluster')
  const first = await look()
  if (!input.given('watch')) {
    if (input.given('json')) screen.json(first)
    else screen.print(text(first))
    return exitCode.ok
  }
  const ending = new AbortController()
  void endSignal().then(() => ending.abort())
  let now: ClusterStatus | string = first
  while (!ending.signal.aborted) {
    if (typeof now !== 'string' && input.given('json')) screen.json(now)
    else show(typeof now === 'string' ? now : text(now), screen)
    await systemClock.sleep(watchMs, ending.signal).catch(() => {})
    // The agent may be away for a moment: just then somebody wants to go on watching.
    now = await look().catch((error) => `${screen.paint('red', 'error:')} ${messageOf(error)}`)
  }
  return exitCode.ok
}

/** On a terminal each in the place of the one before. */
function show(text: string, screen: Screen): void {
  const { width: columns, height: rows } = screen
  screen.print(screen.live ? clear + windowOf(text, { columns, rows }) : `${text}\n`)
}
