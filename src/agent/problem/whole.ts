import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

/** All of the cluster: this machine's first, the worst first. */
export function problemsOf(cluster: Status | ClusterStatus): Problem[] {
  const waiting = (cluster.cluster.waiting ?? []).map(known.waits)
  const others = 'others' in cluster ? cluster.others.flatMap(problemsIn) : []
  return [...cluster.problems, ...waiting, ...others].sort((a, b) => rank(a) - rank(b))
}

const rank = ({ severity }: Problem) => (severity === 'failed' ? 0 : 1)

/** What is wrong with another machine. */
export function problemsIn({ name, state, said }: OtherMachine): Problem[] {
  if (state === 'failed') return [known.silent(name)]
  if (state === 'unseen') return [known.unseen(name)]
  if (!said) return [known.withoutZooKeeper(name)]
  return said.problems.map((problem) => ({ machine: name, ...problem }))
}
