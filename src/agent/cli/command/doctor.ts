import { hostname } from 'node:os'
import { systemClock } from '../../../clock.ts'
import { parseZkUrl } from '../../../config/zookeeper/url.ts'
import { type ExitCode, exitCode, messageOf } from '../../../error.ts'
import { reportText } from '../../display/report.ts'
import { working } from '../../display/working.ts'
import { examine, type Report } from '../../doctor/doctor.ts'
import { failed } from '../../doctor/finding.ts'
import { subjectAt } from '../../doctor/subject.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Joined } from '../../local/memory.ts'
import { memoryFault, recoverMemory } from '../../local/recover.ts'
import type { Input, Run } from '../command.ts'
import { readDocument } from '../files.ts'
import type { Screen } from '../screen.ts'
import { typed } from '../typed.ts'

export const doctor: Run = async (input, screen) => {
  const look = async () => {
    const wish = await readWish(input, screen)
    return examine(await subjectAt(foldersAt(input.text('data-dir')), systemClock, wish))
  }
  const folders = foldersAt(input.text('data-dir'))
  const fault = memoryFault(folders)
  if (fault !== undefined && input.given('fix')) {
    screen.note('make the memory of this machine anew from its copy …')
    recoverMemory(folders)
  } else if (fault !== undefined) {
    const message = `what this machine remembers cannot be read: ${fault}`
    const hint = typed('meshbox doctor --fix', folders.named)
    return show([{ check: 'agent', ...failed(message, hint) }], input, screen)
  }
  if (input.given('fix')) await fix(await working(screen, 'examining', look()), screen)
  return show(await working(screen, 'examining', look()), input, screen)
}

function show(report: Report, input: Input, screen: Screen): ExitCode {
  if (input.given('json')) screen.json(report)
  else screen.print(reportText(report, screen))
  return report.some(({ result }) => result === 'failed') ? exitCode.unhealthy : exitCode.ok
}

/** What can be mended without harm to anything that runs; what cannot from here is told, and the rest goes on. */
async function fix(report: Report, screen: Screen): Promise<void> {
  for (const { mend } of report) {
    if (!mend) continue
    screen.note(`${mend.what} …`)
    await mend.run().catch((error) => screen.note(messageOf(error)))
  }
}

async function readWish(input: Input, screen: Screen): Promise<Joined | undefined> {
  const [zkUrl] = input.args
  const file = input.text('config')
  if (zkUrl === undefined) return undefined
  parseZkUrl(zkUrl) // also on a machine that has joined, where it counts for nothing
  return {
    zkUrl,
    name: hostname(),
    simulated: input.given('simulated'),
    mode: 'joined',
    seed: file === undefined ? '' : await readDocument(file, screen),
  }
}
