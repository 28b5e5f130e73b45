import { systemClock, until } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { agentClient } from '../api/client.ts'
import type { Installation } from '../installation/installation.ts'
import type { Folders } from '../local/folders.ts'
import { recallJoined } from '../local/joined.ts'
import { problemText } from '../problem/problem.ts'
import type { Status } from '../status.ts'
import { isUnitWanted, restartUnit } from '../unit/systemd.ts'
import { readUpgrade, writeUpgrade } from '../upgrade/report.ts'
import type { Staged } from '../upgrade/stage.ts'
import { swapBack, swapIn } from '../upgrade/swap.ts'
import { endProcess, untilGone } from './agent-process.ts'
import { startBackground } from './background.ts'

const goneMs = 60_000
const backMs = 60_000

export type HereDeps = {
  installation: Installation
  folders: Folders
  source: string
  /** So long the new agent has to be as well as the one before. */
  timeoutMs: number
  note: (line: string) => void
}

/**
 * Puts a new binary in place and has the agent of this machine started with it; its programs go on. Where that does not get
 * as well as it was before, the old one is put back.
 * @param staged undefined where it is in place already, as an upgrade that was broken off has left it
 * @returns whether an agent was started anew; none runs where nobody has joined
 * @throws MeshboxError when the old one is back, or nothing was changed
 */
export async function upgradeHere(
  to: string,
  staged: Staged | undefined,
  deps: HereDeps,
): Promise<{ restarted: boolean }> {
  const { installation, folders, source, note } = deps
  const running = readUpgrade(folders.state)
  if (running.state === 'working' && running.pid !== process.pid)
    throw new MeshboxError({
      code: 'upgrade-running',
      message: `cannot upgrade: this machine is being upgraded to ${running.to} (pid ${running.pid})`,
      hint: 'wait until that is done',
    })
  writeUpgrade(folders.state, { state: 'working', to, pid: process.pid })
  try {
    const before = recallJoined(folders) ? await askStatus(folders) : undefined
    const said = staged ? await swapIn(installation, staged.path, source) : []
    staged?.drop()
    note(`  binary        ${to} is in place`)
    for (const line of said) note(`  unit          ${line}`)
    if (before) await restartOrGoBack(before, to, deps)
    writeUpgrade(folders.state, { state: 'done', to })
    return { restarted: before !== undefined }
  } catch (error) {
    const { code, hint } = error instanceof MeshboxError ? error : { code: 'upgrade-failed', hint: undefined }
    const shown = { code, title: messageOf(error), ...(hint === undefined ? {} : { hint }) }
    writeUpgrade(folders.state, { state: 'failed', to, error: shown })
    throw error
  }
}

async function restartOrGoBack(before: Status, to: string, deps: HereDeps): Promise<void> {
  const { installation, folders, source, note, timeoutMs } = deps
  const why = (await restart(folders, before)) ?? (await untilWell(folders, before, to, timeoutMs))
  if (why === undefined) {
    note(`  agent         ${to} runs, and its programs have gone on`)
    return
  }
  note(`  agent         ${why}`)
  await swapBack(installation, source)
  const now = await askStatus(folders)
  const stuck = await restart(folders, now ?? before)
  const { version } = before.machines[0] ?? {}
  const back = stuck ?? (await untilWell(folders, before, version, backMs))
  throw new MeshboxError({
    code: 'upgrade-back',
    message: `cannot upgrade to ${to}: ${why}; ${back === undefined ? `${version} is back` : `${version} is in place again, but ${back}`}`,
    hint: `its log tells more: ${folders.logs}/meshbox.log; \`meshbox status\` tells how this machine is`,
  })
}

/** @returns why there is no agent now */
async function restart(folders: Folders, before: Status): Promise<string | undefined> {
  if (isUnitWanted(folders)) return restartUnit()
  endProcess(before)
  return untilGone(folders, goneMs)
    .then(() => startBackground(folders))
    .then(() => undefined, messageOf)
}

/** @returns what it lacks, when it does not get as well as it was in time */
async function untilWell(
  folders: Folders,
  before: Status,
  version: string | undefined,
  timeoutMs: number,
): Promise<string | undefined> {
  let lacks = 'its agent does not answer'
  const well = await until(systemClock, { everyMs: 200, timeoutMs }, async () => {
    const now = await askStatus(folders)
    const fault = now ? faultOf(now, before, version) : 'its agent does not answer'
    if (fault === undefined) return true
    lacks = fault
    return undefined
  })
  return well ? undefined : lacks
}

/** What was ill before may be ill still; what was well has to be. */
export function faultOf(now: Status, before: Status, version: string | undefined): string | undefined {
  if (now.machines[0]?.version !== version) return `its agent is still ${now.machines[0]?.version}`
  if (now.ready || !before.ready) return undefined
  const [first] = now.problems
  return first ? problemText(first) : 'it does not get ready again'
}

export const askStatus = (folders: Folders) =>
  agentClient(folders)
    .get<Status>('/v1/status')
    .catch(() => undefined)
