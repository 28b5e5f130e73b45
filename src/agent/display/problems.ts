import type { Screen } from '../cli/screen.ts'
import { type Gathered, gatherProblems } from '../problem/gather.ts'
import { commandText, type Problem, problemText } from '../problem/problem.ts'
import { waitsOf } from '../problem/whole.ts'
import type { ClusterStatus, Status } from '../status.ts'

/** So many have their lines. */
const most = 10

/** What is wrong with the cluster, the worst first, each with what to type about it. */
export function problemLines(status: Status | ClusterStatus, screen: Screen, away = false): string[] {
  const all = gatherProblems(status)
  const more = all.length - most
  const shown = { screen, own: status.machines[0]?.name, status, away }
  return [
    ...waitsOf(status).flatMap((problem) => [
      `${screen.paint('yellow', 'waiting:')} ${problem.why}`,
      next(problem, shown),
    ]),
    ...all.slice(0, most).flatMap((problem) => lines(problem, shown)),
    ...(more > 0
      ? [
          `${screen.paint('red', 'problem:')} ${more} more`,
          `  next: ${screen.paint('bold', commandText({ command: 'meshbox status --json' }, status, away))}`,
        ]
      : []),
  ]
}

type Shown = { screen: Screen; own: string | undefined; status: Status | ClusterStatus; away: boolean }

function lines(problem: Gathered, shown: Shown): string[] {
  const title = shown.screen.paint(problem.severity === 'failed' ? 'red' : 'yellow', 'problem:')
  return [`${title} ${whose(problem, shown.own)}${problemText(problem)}`, next(problem, shown)]
}

const next = (problem: Problem, { screen, status, away }: Shown) =>
  `  next: ${screen.paint('bold', commandText(problem, status, away))}`

/** Of this machine alone it needs no name. */
function whose({ machines: [first, ...more] }: Gathered, own: string | undefined): string {
  if (first === undefined || (first === own && more.length === 0)) return ''
  if (more.length === 0) return `${first}: `
  return `${first} and ${more.length === 1 ? more[0] : `${more.length} more`}: `
}
