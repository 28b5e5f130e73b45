import { parseZkUrl } from '../../config/zookeeper/url.ts'
import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

/** All of the cluster: this machine's first, the worst first. */
export function problemsOf(cluster: Status | ClusterStatus): Problem[] {
  const others = problemsElsewhere(cluster).flatMap(({ problems }) => problems)
  return [...cluster.problems, ...waitsOf(cluster), ...others].sort((a, b) => rank(a) - rank(b))
}

const rank = ({ severity }: Problem) => (severity === 'failed' ? 0 : 1)

/** Whom the birth of the cluster waits for, one by one. */
export const waitsOf = ({ cluster }: Status): Problem[] =>
  (cluster.waiting ?? []).map((why) => known.waits(why, cluster.zookeeper.url))

/** What is wrong with the other machines, and not told before: what the whole cluster has is told once. */
export function problemsElsewhere(
  cluster: Status | ClusterStatus,
): { machine: OtherMachine; problems: Problem[] }[] {
  const told = new Set(cluster.problems.filter(isShared).map(({ what }) => what))
  return ('others' in cluster ? cluster.others : []).map((machine) => {
    const problems = problemsIn(machine, cluster).filter(
      (problem) => !(isShared(problem) && told.has(problem.what)),
    )
    for (const { what } of problems.filter(isShared)) told.add(what)
    return { machine, problems }
  })
}

const isShared = ({ shared }: Problem) => shared === true

function problemsIn({ name, address, state, said }: OtherMachine, status: Status | ClusterStatus): Problem[] {
  const { cluster, machines } = status
  const own = (said?.problems ?? []).map((problem) => ({ machine: name, ...problem }))
  // It is in touch with ZooKeeper, and knows better what it lacks.
  if (state === 'failed')
    return own.length > 0
      ? own
      : [known.silent(name, isServer(address, cluster) && !isTaken(address, status))]
  // A machine that cannot gossip itself sees nobody.
  if (state === 'unseen' && machines[0]?.gossip !== undefined) return [known.unseen(name)]
  // What others say there cannot be read without ZooKeeper.
  if (!said) return cluster.zookeeper.session === 'connected' ? [known.withoutZooKeeper(name)] : []
  return own
}

/** What gossip tells of the roles of one that is dead may be old. */
function isServer(address: string, { zookeeper: { managed, url } }: Status['cluster']): boolean {
  return managed && parseZkUrl(url).servers.some(({ host }) => host === address)
}

/** Whether a machine lives there, as one that lost its disk and is back under another name. */
function isTaken(address: string, status: Status | ClusterStatus): boolean {
  const others = 'others' in status ? status.others.filter(({ state }) => state === 'alive') : []
  return [...status.machines, ...others].some((machine) => machine.address === address)
}
