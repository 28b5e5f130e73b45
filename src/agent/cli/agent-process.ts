import { systemClock, until } from '../../clock.ts'
import { agentClient } from '../api/client.ts'
import type { Folders } from '../local/folders.ts'
import { lockFolder } from '../local/lock.ts'
import type { Status } from '../status.ts'
import { isUnitWanted, startUnit, stopUnit } from '../unit/systemd.ts'
import { startBackground } from './background.ts'

const goneMs = 20_000

/** Starts the agent of a machine that has joined. @throws MeshboxError with its last words when it does not stay */
export async function beginAgent(folders: Folders): Promise<void> {
  if (isUnitWanted(folders)) await startUnit()
  else await startBackground(folders)
}

/** Ends the agent of this machine, if one runs; its programs go on. @throws MeshboxError when it does not end */
export async function endAgent(folders: Folders): Promise<void> {
  if (isUnitWanted(folders)) await stopUnit()
  const status = await agentClient(folders)
    .get<Status>('/v1/status')
    .catch(() => undefined)
  endProcess(status)
  await untilGone(folders)
}

/** Has the agent end that has told this of itself. */
export function endProcess(status: Status | undefined): void {
  const pid = status?.machines[0]?.pid
  try {
    if (pid !== undefined) process.kill(pid, 'SIGTERM')
  } catch {
    // it has ended by itself
  }
}

/** The agent holds a lock for as long as it lives. @throws MeshboxError when it lives on */
export async function untilGone(folders: Folders, timeoutMs = goneMs): Promise<void> {
  const free = await until(systemClock, { everyMs: 50, timeoutMs }, () => {
    try {
      lockFolder(folders.state)()
      return true
    } catch {
      return undefined
    }
  })
  if (!free) lockFolder(folders.state)()
}
