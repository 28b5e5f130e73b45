import type { Cluster } from '../../config/document/cluster.ts'
import type { Standing } from '../masters.ts'
import type { Node } from '../nodes/node.ts'
import { type Part, parts } from '../plan/part.ts'
import type { Facts } from './next.ts'
import type { Lack, Seen } from './order.ts'
import type { Rollout } from './rollout.ts'

/** What was asked of the controllers' programs. */
export type Answers = {
  /** Each server of the ensemble: whether it took a client, and what it is to the others. */
  ensemble: { host: string; serves: boolean; mode: string | undefined }[]
  /** By the machine's id; undefined for one that does not answer, or does not run there. */
  masters: Map<string, MasterAnswer | undefined>
  marathons: Map<string, MarathonAnswer | undefined>
}

export type MasterAnswer = Pick<Standing, 'leads' | 'votes'>
/** Where the one is that leads, by what this one knows. */
export type MarathonAnswer = { leader: string | undefined }

/**
 * By which document a machine decides. Where it has refused the one in ZooKeeper, and somebody else has not, by none: it
 * would go back to the one before. What is valid for nobody counts for nothing.
 * @param latest the version in ZooKeeper
 */
export function documentFor(
  own: Facts['document'],
  latest: number | undefined,
  machines: Pick<Seen, 'version'>[],
  rollout: Rollout | undefined,
): Facts['document'] {
  if (!own || latest === undefined || latest === own.version) return own
  // One that was removed comes back as version 0.
  const isNewer = (version = own.version) => version > own.version || version === latest
  const begun = rollout?.change.kind === 'document' && isNewer(rollout.change.version)
  return begun || machines.some(({ version }) => isNewer(version)) ? undefined : own
}

/** The machines by what they say of themselves, and who of them leads by what was asked. */
export function machinesIn(nodes: Map<string, Node>, answers?: Answers): Seen[] {
  return [...nodes].map(([id, node]) => ({
    ...{ id, name: node.name, address: node.address },
    ...{ controller: isController(node), version: node.document, digest: node.programs },
    refuses: node.refuses ?? false,
    waits: partsIn(node.waits ?? []),
    serves: partsIn(node.services.filter(({ state }) => state === 'ready').map(({ name }) => name)),
    leads: answers ? leadsOf(id, node, answers) : [],
    ready: node.services.every(({ state }) => state === 'ready' || state === 'stopped'),
  }))
}

function leadsOf(id: string, { address }: Node, { ensemble, masters, marathons }: Answers): Part[] {
  const marathon = [...marathons.values()].find((answer) => answer?.leader !== undefined)?.leader
  return [
    ...(ensemble.some(({ host, mode }) => host === address && mode === 'leader')
      ? ['zookeeper' as const]
      : []),
    ...(masters.get(id)?.leads ? ['mesos-master' as const] : []),
    ...(marathon === address ? ['marathon' as const] : []),
  ]
}

/** What the control plane has to do without. */
export function lacksIn(nodes: Map<string, Node>, servers: Cluster['servers'], answers: Answers): Lack[] {
  const all = [...nodes].map(([id, node]) => ({ id, node }))
  const idAt = (host: string) => all.find(({ node }) => node.address === host)?.id
  const controllers = all.filter(({ node }) => isController(node))
  const masters = controllers.some(({ node }) => node.services.some(({ name }) => name === 'mesos-master'))
  return [
    ...(servers ?? [])
      .filter(({ host }) => idAt(host) === undefined)
      .flatMap(({ host }) =>
        (['zookeeper', 'mesos-master', 'marathon'] as const).map((part) => ({
          ...{ part, id: host, why: `${host} to be in touch with ZooKeeper` },
        })),
      ),
    ...answers.ensemble
      .filter(({ serves }) => !serves)
      .map(({ host }) => ({
        ...{ part: 'zookeeper' as const, id: idAt(host) ?? host, why: `ZooKeeper to serve at ${host}` },
      })),
    ...controllers.flatMap(({ id, node }) => ownLacks(id, node, answers)),
    ...(masters && ![...answers.masters.values()].some((answer) => answer?.leads)
      ? [{ part: 'mesos-master' as const, why: 'a master to lead, with its registry' }]
      : []),
  ]
}

/** A Marathon that somebody has stopped is missed by nobody. */
function ownLacks(id: string, { name: machine, services }: Node, answers: Answers): Lack[] {
  return services.flatMap(({ name, state }) => {
    if (name === 'marathon' && state === 'stopped') return []
    const ill = state === 'ready' ? illBy(answers, id, name) : `is ${state}`
    return ill
      ? partsIn([name]).map((part) => ({ part, id, why: `${name} of ${machine}, which ${ill}` }))
      : []
  })
}

/** What its own machine takes for ready may be so no more, or not to be reached from here. */
function illBy({ masters, marathons }: Answers, id: string, name: string): string | undefined {
  if (name === 'marathon' && !marathons.get(id)) return 'does not answer'
  if (name !== 'mesos-master') return undefined
  const master = masters.get(id)
  if (!master) return 'does not answer'
  return master.votes === false ? 'is learning what the log of the others holds' : undefined
}

export function isController(node: Node): boolean {
  return node.roles.includes('controller')
}

function partsIn(names: string[]): Part[] {
  return names.flatMap((name) => parts.filter((part) => part === name))
}
