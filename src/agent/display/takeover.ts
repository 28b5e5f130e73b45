import type { Screen } from '../cli/screen.ts'
import type { Takeover } from '../takeover/plan.ts'
import { findingsText } from './findings.ts'
import { table } from './table.ts'

type Shown = Omit<Takeover['programs'][number], 'argv' | 'flags'>

/** What would be taken over, what their flags come to, and what stays as it is. */
export function takeoverText(
  { programs, zkUrl, findings, links, left }: Omit<Takeover, 'programs'> & { programs: Shown[] },
  screen: Screen,
): string {
  const rows = programs.map(({ name, pid, unit }) => [
    name,
    String(pid),
    unit ?? 'none',
    links.find(({ from }) => from.endsWith(`/${name}/work`) || from.endsWith(`/${name}/data`))?.to ?? '',
  ])
  return [
    table(screen, ['PROGRAM', 'PID', 'UNIT', 'KEEPS ITS FOLDER'], rows),
    ...left.map(({ name, pid, why }) => `${name} (pid ${pid}): ${why}`),
    `ZooKeeper: ${zkUrl}`,
    findingsText(findings, [], screen),
  ].join('\n')
}
