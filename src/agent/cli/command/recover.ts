import { systemClock } from '../../../clock.ts'
import { exitCode, MeshboxError, misuse } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import type { DiskRow } from '../../controllers/disks.ts'
import type { RecoveryReport } from '../../controllers/recover.ts'
import { disksText, newerThan } from '../../display/disks.ts'
import { foldersAt } from '../../local/folders.ts'
import { recallJoined } from '../../local/joined.ts'
import type { Run } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Screen } from '../screen.ts'
import { typed } from '../typed.ts'

const path = '/v1/controllers'
const pollMs = 500

/** Looks at what is left of the controllers, and makes an ensemble of one of the disks when somebody says so. */
export const recover: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  const { disks } = await agentClient(folders).get<{ disks: DiskRow[] }>(`${path}/disks`)
  const from = input.text('from')
  if (from === undefined) {
    if (input.given('json')) screen.json({ disks })
    else screen.print(disksText(disks, screen, systemClock.now()))
    return exitCode.ok
  }
  screen.note(disksText(disks, screen, systemClock.now()))
  const chosen = disks.find(({ name, address }) => name === from || address === from)
  if (!chosen)
    throw misuse(
      'recover-unknown',
      `cannot recover from ${from}: it is no controller`,
      'choose one of the list',
    )
  await confirm(question(chosen, disks), input.given('yes'))
  const own = recallJoined(folders)?.name === chosen.name
  const agent = agentClient(folders, own ? undefined : chosen.name)
  const { kept, unreached } = await watch(agent, input.given('gone'), chosen.name, screen)
  if (input.given('json')) screen.json({ from: chosen.name, kept, unreached })
  else
    screen.print(
      [
        `${chosen.name} is the only controller now, with what its disk holds.`,
        ...kept.map((copy) => `  kept as it was: ${copy}`),
        ...unreached.map((name) => `  not reached: ${name}; no copy was made of its disk`),
        typed('Make it three again: meshbox controllers add NODE NODE', input.text('data-dir')),
      ].join('\n'),
    )
  return exitCode.ok
}

/** It goes on by itself, whether somebody watches or not. @throws MeshboxError when it fails */
async function watch(
  agent: AgentClient,
  gone: boolean,
  name: string,
  screen: Screen,
): Promise<RecoveryReport> {
  let shown: string | undefined
  for (
    let report = await agent.post<RecoveryReport>(`${path}/recover`, { gone });
    ;
    report = await agent.get<RecoveryReport>(`${path}/recover`)
  ) {
    if (report.doing !== undefined && report.doing !== shown) screen.note(`  ${name} ${report.doing}`)
    shown = report.doing
    if (report.state === 'done') return report
    if (report.state !== 'running') throw failure(report, name)
    await systemClock.sleep(pollMs)
  }
}

function failure({ failure }: RecoveryReport, name: string): MeshboxError {
  return new MeshboxError({
    code: 'recover-failed',
    message: failure?.message ?? `cannot recover the controllers: the agent of ${name} began anew meanwhile`,
    hint: failure ? failure.hint : `the same command goes on: meshbox controllers recover --from ${name}`,
  })
}

function question(chosen: DiskRow, disks: DiskRow[]): string {
  const others = disks.filter((row) => row !== chosen)
  const newer = others.filter((row) => newerThan(row, chosen)).map(({ name }) => name)
  const unknown = others.filter(({ disk, why }) => !disk && why !== undefined).map(({ name }) => name)
  return [
    ...(newer.length > 0 ? [`${newer.join(', ')} has written more than ${chosen.name}: that is lost.`] : []),
    ...(unknown.length > 0
      ? [
          `Nobody knows what ${unknown.join(', ')} has written; it must be off until it can reach ${chosen.name} again.`,
        ]
      : []),
    ...(chosen.disk?.registry === false
      ? [`${chosen.name} has no masters' log: no mesos-master leads there until it is given one.`]
      : []),
    `ZooKeeper goes on from the disk of ${chosen.name} alone. Go on?`,
  ].join(' ')
}
