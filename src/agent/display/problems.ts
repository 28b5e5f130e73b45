import type { Screen } from '../cli/screen.ts'
import { commandText, type Problem, problemText } from '../problem/problem.ts'
import { problemsElsewhere, waitsOf } from '../problem/whole.ts'
import type { ClusterStatus, Status } from '../status.ts'

/** So many machines in trouble have a line each. */
const mostTroubled = 8

/** What is wrong, of this machine first, each with what to type about it. */
export function problemLines(status: Status | ClusterStatus, screen: Screen): string[] {
  const troubled = problemsElsewhere(status).filter(({ problems }) => problems.length > 0)
  const more = troubled.length - mostTroubled
  const shown = { screen, keyed: status.cluster.key === 'keyed' }
  return [
    ...waitsOf(status).flatMap((problem) => [
      `${screen.paint('yellow', 'waiting:')} ${problem.why}`,
      next(shown, problem),
    ]),
    ...status.problems.flatMap((problem) => lines(shown, problem)),
    ...troubled
      .slice(0, mostTroubled)
      .flatMap(({ machine: { name }, problems }) =>
        problems.flatMap((problem) =>
          lines(shown, problem, problem.what.startsWith(name) ? undefined : name),
        ),
      ),
    ...(more > 0
      ? [
          `${screen.paint('red', 'problem:')} ${more} more machines are in trouble`,
          `  next: ${screen.paint('bold', 'meshbox status --json')}`,
        ]
      : []),
  ]
}

type Shown = { screen: Screen; keyed: boolean }

/** @param whose the machine that has it, where that is another */
function lines(shown: Shown, problem: Problem, whose?: string): string[] {
  const { screen } = shown
  const title = screen.paint(problem.severity === 'failed' ? 'red' : 'yellow', 'problem:')
  return [`${title} ${whose === undefined ? '' : `${whose}: `}${problemText(problem)}`, next(shown, problem)]
}

const next = ({ screen, keyed }: Shown, problem: Problem) =>
  `  next: ${screen.paint('bold', commandText(problem, keyed))}`
