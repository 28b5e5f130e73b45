import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { exitCode, MeshboxError } from '../../../error.ts'
import { type Installation, ownInstallation, takeAway } from '../../installation/installation.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallJoined } from '../../local/joined.ts'
import { lockFolder } from '../../local/lock.ts'
import { machineFacts } from '../../local/machine.ts'
import { reloadUnits } from '../../takeover/units.ts'
import { unitFiles } from '../../unit/systemd.ts'
import type { Input, Run } from '../command.ts'
import { confirm, isAsked, saysYes } from '../confirm.ts'
import { readSeconds } from '../seconds.ts'
import { goodbye, leaveSeconds, planGoodbye, removeData } from './leave.ts'
import { filesBeside } from './setup.ts'

export const uninstall: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  const timeoutSeconds = readSeconds(input.text('timeout'), leaveSeconds)
  const installation = ownInstallation('uninstall')
  checkWritable(installation)
  const joined = recallJoined(folders) !== undefined
  if (!joined) {
    const question = `meshbox is taken away from ${installation.prefix}. Go on?`
    await confirm(question, input.given('yes') || input.given('purge'))
  }
  // All is asked before anything is done: who thinks better of it half-way has lost nothing.
  const plan = joined ? await planGoodbye(folders, input, screen) : undefined
  const purged = await isDataUnwanted(folders, input)
  const left =
    plan && (await goodbye(plan, folders, { timeoutSeconds, drain: !input.given('no-drain') }, screen))
  if (purged && existsSync(folders.state)) {
    lockFolder(folders.state)()
    removeData(folders)
  }
  await removeInstallation(installation)
  if (input.given('json')) screen.json({ left, purged, prefix: installation.prefix })
  else screen.print(farewell(installation, folders, purged))
  return exitCode.ok
}

/** Asked about by itself: a program comes back by another install, data does not. */
async function isDataUnwanted(folders: Folders, input: Input): Promise<boolean> {
  if (!existsSync(folders.state) || input.given('purge')) return true
  if (input.given('yes') || !isAsked()) return false
  return saysYes(`Remove all that it keeps in ${folders.root} and ${folders.logs} too?`)
}

/** Before anything is given up. @throws MeshboxError */
function checkWritable({ prefix, binary }: Installation): void {
  try {
    accessSync(dirname(binary), constants.W_OK)
  } catch (cause) {
    throw new MeshboxError({
      code: 'uninstall-prefix',
      message: `cannot uninstall: ${prefix} cannot be written to`,
      hint: 'run it as the user who has installed it: sudo meshbox uninstall',
      cause,
    })
  }
}

async function removeInstallation(installation: Installation): Promise<void> {
  takeAway(installation, [...filesBeside(installation), ...(await unitFiles(installation.prefix))])
  const { root, systemd } = machineFacts()
  if (root && systemd) await reloadUnits()
}

function farewell({ prefix }: Installation, { root, logs }: Folders, purged: boolean): string {
  const gone = `meshbox is gone from ${prefix}.`
  return purged ? gone : `${gone} What it kept is still in ${root} and ${logs}.`
}
