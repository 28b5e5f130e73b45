import { hostname } from 'node:os'
import { systemClock } from '../../../clock.ts'
import { exitCode } from '../../../error.ts'
import { installZooKeeper } from '../../../supervisor/provider/apt/zookeeper.ts'
import { zookeeperLacks } from '../../../supervisor/provider/find.ts'
import { reportText } from '../../display/report.ts'
import { examine } from '../../doctor/doctor.ts'
import { type Subject, subjectAt } from '../../doctor/subject.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Joined } from '../../local/memory.ts'
import type { Input, Run } from '../command.ts'
import { readDocument } from '../files.ts'
import type { Screen } from '../screen.ts'

export const doctor: Run = async (input, screen) => {
  const subject = await subjectAt(
    foldersAt(input.text('data-dir')),
    systemClock,
    await readWish(input, screen),
  )
  if (input.given('fix')) await fix(subject, screen)
  const report = await examine(subject)
  if (input.given('json')) screen.json(report)
  else screen.print(reportText(report, screen))
  return report.some(({ result }) => result === 'failed') ? exitCode.unhealthy : exitCode.ok
}

/** What can be mended without harm to anything that runs. */
async function fix({ place, machine, config }: Subject, screen: Screen): Promise<void> {
  const wanted = place.clientPort !== undefined && config.packages.zookeeper.provider === 'system'
  const lacking = wanted ? zookeeperLacks() : undefined
  if (lacking) await installZooKeeper(lacking, { root: machine.root, note: screen.note })
}

async function readWish(input: Input, screen: Screen): Promise<Joined | undefined> {
  const [zkUrl] = input.args
  const file = input.text('config')
  if (zkUrl === undefined) return undefined
  return {
    zkUrl,
    name: hostname(),
    simulated: input.given('simulated'),
    mode: 'joined',
    seed: file === undefined ? '' : await readDocument(file, screen),
  }
}
