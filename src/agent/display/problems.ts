import type { Screen } from '../cli/screen.ts'
import { type OtherMachine, trouble } from '../nodes/others.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { nextFor } from './next.ts'

/** So many machines in trouble have a line each. */
const mostTroubled = 8

/** What is wrong, of this machine first, each with what to type about it. */
export function problemLines(status: Status | ClusterStatus, screen: Screen): string[] {
  const others = 'others' in status ? status.others : []
  const troubled = others.filter((machine) => trouble(machine) > 0)
  const more = troubled.length - mostTroubled
  return [
    ...status.problems.flatMap((problem) => lines(screen, problem, nextFor(problem))),
    ...troubled.slice(0, mostTroubled).flatMap((machine) => problemsOf(machine, screen)),
    ...(more > 0 ? lines(screen, `${more} more machines are in trouble`, 'meshbox status --json') : []),
  ]
}

function problemsOf({ name, state, said }: OtherMachine, screen: Screen): string[] {
  if (state === 'failed')
    return lines(screen, `${name} does not answer`, `meshbox leave --forget ${name}, if it never comes back`)
  if (state === 'unseen')
    return lines(screen, `${name} is not among the members`, `meshbox doctor, on ${name}`)
  if (!said) return lines(screen, `${name} is not in touch with ZooKeeper`, `meshbox doctor, on ${name}`)
  if (said.problems.length === 0) return []
  return said.problems.flatMap((problem) => lines(screen, `${name}: ${problem}`, nextFor(problem, name)))
}

function lines(screen: Screen, problem: string, next: string | undefined): string[] {
  return [
    `${screen.paint('red', 'problem:')} ${problem}`,
    ...(next === undefined ? [] : [`  next: ${screen.paint('bold', next)}`]),
  ]
}
