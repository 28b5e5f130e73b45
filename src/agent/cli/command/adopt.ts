import { hostname } from 'node:os'
import { systemClock, until } from '../../../clock.ts'
import { faultText, readDocumentText } from '../../../config/document/parse.ts'
import { maskFinding } from '../../../config/import/mask.ts'
import { maskText, refuseSecrets } from '../../../config/secret/vault.ts'
import { formatZkUrl, parseZkUrl } from '../../../config/zookeeper/url.ts'
import { exitCode, MeshboxError } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { statusText } from '../../display/status.ts'
import { takeoverText } from '../../display/takeover.ts'
import { ringToJoinWith } from '../../key/given.ts'
import { bytesOf } from '../../key/key.ts'
import { rememberRing } from '../../key/keyring.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallJoined } from '../../local/joined.ts'
import { lockFolder } from '../../local/lock.ts'
import { machineFacts } from '../../local/machine.ts'
import type { Joined } from '../../local/memory.ts'
import { surveyPrograms } from '../../takeover/survey.ts'
import { giveBack, takePrograms } from '../../takeover/take.ts'
import { tellCluster } from '../../takeover/tell.ts'
import { isUnitWanted, removeUnit, startUnit, stopUnit } from '../../unit/systemd.ts'
import { startBackground } from '../background.ts'
import type { Input, Run } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Screen } from '../screen.ts'
import { typed } from '../typed.ts'
import { tellWarnings } from './config/agent.ts'
import { settledStatus } from './join.ts'

const readyMs = 120_000

export const adopt: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  if (input.given('undo')) return undo(folders, input, screen)
  refuse(folders)
  const name = input.text('name') ?? hostname()
  const ring = ringToJoinWith(input.text('key-file'), { folders, joined: false })
  const keys = ring.keys.map(bytesOf)
  const plan = await surveyPrograms(
    { node: name, state: folders.state, zkUrl: input.args[0], keys },
    systemClock,
  )
  // They run so already, whatever somebody would be refused to write.
  const { warnings } = readDocumentText(plan.document, 'what their flags come to')
  // Words of a command line may be secret.
  const programs = plan.programs.map(({ argv: _, flags: __, ...program }) => program)
  const shown = {
    ...plan,
    programs,
    findings: plan.findings.map(maskFinding),
    document: maskText(plan.document),
  }
  if (input.given('json') && input.given('dry-run')) screen.json(shown)
  else screen.print(takeoverText(shown, screen))
  tellWarnings(warnings.map(faultText), screen)
  if (input.given('dry-run')) return exitCode.ok
  if (ring.keys.length === 0) refuseSecrets(plan.document)
  await confirm(
    'meshbox runs them from now on, and their units are kept from starting. Go on?',
    input.given('yes'),
  )
  const cluster = await tellCluster(plan, name, keys)
  const zkUrl = formatZkUrl(parseZkUrl(plan.zkUrl), 'show')
  const joined: Joined = { zkUrl, name, simulated: false, mode: 'joined', seed: plan.document }
  await takePrograms(plan, { folders, joined, cluster })
  rememberRing(folders, ring)
  if (isUnitWanted(folders)) await startUnit()
  else await startBackground(folders)
  const status = await settledStatus(agentClient(folders), screen, readyMs)
  if (input.given('json')) screen.json(status)
  else
    screen.print(
      `\n${statusText(status, screen, Date.now())}\n\n${typed('Undo it with: meshbox adopt --undo', folders.named)}`,
    )
  return status.ready ? exitCode.ok : exitCode.failed
}

function refuse(folders: Folders): void {
  if (recallJoined(folders))
    throw new MeshboxError({
      code: 'adopt-joined',
      message: 'cannot adopt: this machine has joined a cluster already',
      hint: 'meshbox status',
    })
  if (!machineFacts().root)
    throw new MeshboxError({
      code: 'adopt-root',
      message: 'cannot adopt: only root can',
      hint: 'run it with sudo',
    })
}

async function undo(folders: Folders, input: Input, screen: Screen): Promise<0> {
  await confirm(
    'The programs go back to their units, and this machine leaves the cluster. Go on?',
    input.given('yes'),
  )
  if (isUnitWanted(folders)) await stopUnit()
  const unlock = await untilFree(folders)
  try {
    const given = await giveBack(folders, systemClock)
    if (isUnitWanted(folders)) await removeUnit()
    if (input.given('json')) screen.json(given)
    else for (const { name, how } of given) screen.print(`${name.padEnd(13)} ${how}`)
  } finally {
    unlock()
  }
  return exitCode.ok
}

async function untilFree(folders: Folders): Promise<() => void> {
  const unlock = await until(systemClock, { everyMs: 200, timeoutMs: 20_000 }, () => {
    try {
      return lockFolder(folders.state)
    } catch {
      return undefined
    }
  })
  return unlock ?? lockFolder(folders.state)
}
