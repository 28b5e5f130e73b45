import { systemClock } from '../../../clock.ts'
import { exitCode, MeshboxError, messageOf } from '../../../error.ts'
import { openLog, type Threshold } from '../../../log.ts'
import { startAgent } from '../../daemon.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallJoined } from '../../local/joined.ts'
import type { Joined } from '../../local/memory.ts'
import { isMachineStopping, tellReady } from '../../unit/systemd.ts'
import type { Run } from '../command.ts'
import { endSignal } from '../signals.ts'

export const agent: Run = async (input) => {
  const folders = foldersAt(input.text('data-dir'))
  const threshold: Threshold = { level: 'info' }
  const joined = joinedAt(folders, threshold)
  if (!joined) {
    throw new MeshboxError({
      code: 'not-joined',
      message: 'cannot run the agent: this machine has not joined a cluster',
      hint: 'run `meshbox join <zk-url or member>`',
    })
  }
  const ended = endSignal()
  const log = openLog(`${folders.logs}/meshbox.log`, threshold)
  const running = await startAgent({ folders, joined, clock: systemClock, log, threshold })
  await tellReady()
  const signal = await Promise.race([ended, running.left])
  const how = signal && (await isMachineStopping()) ? 'stop-programs' : 'keep-programs'
  log.info({ signal, how }, signal ? 'the agent ends' : 'the agent ends: this machine leaves')
  await running.stop(how)
  return exitCode.ok
}

/** Where that cannot be read, others have to be able to read why. */
function joinedAt(folders: Folders, threshold: Threshold): Joined | undefined {
  try {
    return recallJoined(folders)
  } catch (error) {
    openLog(`${folders.logs}/meshbox.log`, threshold).error(
      { error: messageOf(error) },
      'the agent cannot start',
    )
    throw error
  }
}
