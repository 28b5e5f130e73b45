import { untyped } from '../cli/typed.ts'
import type { ClusterStatus, Status } from '../status.ts'
import type { Problem } from './problem.ts'
import { problemsElsewhere } from './whole.ts'

/** One problem, and the machines that have it, as far as they are not simply all. */
export type Gathered = Problem & { machines: string[] }

/**
 * What is wrong with the cluster, each thing once, the worst first: what machine after machine tells alike is one problem, and
 * one that all of them tell is no machine's own. The command is that of this machine, where it is one of them.
 */
export function gatherProblems(status: Status | ClusterStatus): Gathered[] {
  const others = 'others' in status ? status.others : []
  const own = status.machines[0]?.name ?? ''
  const told = [
    ...status.problems.map((problem) => ({ by: own, folder: status.machines[0]?.dataDir, problem })),
    ...problemsElsewhere(status).flatMap(({ machine: { name, said }, problems }) =>
      problems.map((problem) => ({ by: name, folder: said?.dataDir, problem })),
    ),
  ]
  const found = new Map<string, Gathered>()
  for (const { by, folder, problem } of told) {
    const { severity, what, why } = problem
    const key = JSON.stringify([severity, what, untyped(why, folder)])
    const known = found.get(key)
    if (known) known.machines.push(by)
    else found.set(key, { ...problem, machines: [by] })
  }
  const speaking = 1 + others.filter(({ state, said }) => state === 'alive' && said).length
  return [...found.values()]
    .map((problem) => ({ ...problem, machines: isNobodys(problem, speaking) ? [] : problem.machines }))
    .sort((a, b) => rank(a) - rank(b))
}

/** The cluster's, or of a machine that its words name already. */
function isNobodys({ machines, shared, what }: Gathered, speaking: number): boolean {
  const named = machines.length === 1 && what.startsWith(machines[0] ?? '')
  return shared === true || named || machines.length === speaking
}

const rank = ({ severity }: Problem) => (severity === 'failed' ? 0 : 1)
