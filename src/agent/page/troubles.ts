import { type Gathered, gatherProblems } from '../problem/gather.ts'
import { waitsOf } from '../problem/whole.ts'
import type { ClusterStatus } from '../status.ts'

/** What somebody has to know of, and what is waited for. */
export function troublesOf(cluster: ClusterStatus): Gathered[] {
  return [...gatherProblems(cluster), ...waitsOf(cluster).map((problem) => ({ ...problem, machines: [] }))]
}
