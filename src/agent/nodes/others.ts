import type { Session } from '../../config/zookeeper/session.ts'
import type { Member } from '../gossip/gossip.ts'
import { rolesIn } from '../node-facts.ts'
import { type Node, readNode } from './node.ts'

/** Another machine of the cluster: what gossip knows of it, and what it says of itself in ZooKeeper. */
export type OtherMachine = {
  name: string
  address: string
  roles: string[]
  /** By gossip; `unseen`: in ZooKeeper alone. */
  state: Member['status'] | 'unseen'
  version?: string
  /** The version of the document that it has applied. */
  document?: number
  /** Undefined where it is not in touch with ZooKeeper. */
  said?: Pick<Node, 'ready' | 'services' | 'leads' | 'dns' | 'stale' | 'dataDir' | 'problems'>
}

/** So many are read at a time. */
const together = 64

/** What the machines say of themselves, by their ids; none while ZooKeeper is away. */
export async function readNodes(session: Session, root: string): Promise<Map<string, Node>> {
  if (session.state() !== 'connected') return new Map()
  const ids = (await session.children(root)) ?? []
  const found = new Map<string, Node>()
  for (let start = 0; start < ids.length; start += together)
    await Promise.all(
      ids.slice(start, start + together).map(async (id) => {
        const znode = await session.read(`${root}/${id}`)
        const node = znode && readNode(znode.data)
        if (node) found.set(id, node)
      }),
    )
  return found
}

/** All machines but the one that asks, those with problems first, then by name. One that has left is none. */
export function otherMachines(nodes: Map<string, Node>, members: Member[], own: string): OtherMachine[] {
  const byGossip = members
    .filter(({ name, status }) => name !== own && status !== 'left')
    .map(({ name, address, status, tags }) => {
      const node = nodes.get(tags.node ?? '')
      return {
        ...machineOf(name, address, rolesIn(tags), status, node),
        ...(tags.v ? { version: tags.v } : {}),
      }
    })
  const known = new Set(byGossip.map(({ name }) => name))
  const unseen = [...nodes.values()]
    .filter(({ name }) => name !== own && !known.has(name))
    .map((node) => machineOf(node.name, node.address, node.roles, 'unseen', node))
  return [...byGossip, ...unseen].sort((a, b) => trouble(b) - trouble(a) || (a.name < b.name ? -1 : 1))
}

function machineOf(
  name: string,
  address: string,
  roles: string[],
  state: OtherMachine['state'],
  node: Node | undefined,
): OtherMachine {
  if (!node) return { name, address, roles, state }
  const { ready, services, leads, dns, stale, dataDir, problems, version, document } = node
  const said = {
    ...{ ready, services, dns, problems },
    ...(leads ? { leads } : {}),
    ...(stale ? { stale } : {}),
    ...(dataDir === undefined ? {} : { dataDir }),
  }
  return { name, address, roles, state, version, ...(document === undefined ? {} : { document }), said }
}

/** How much of somebody's time it should get. */
export function trouble({ state, said }: OtherMachine): 0 | 1 | 2 {
  if (state !== 'alive' || !said) return 2
  return said.ready && said.problems.length === 0 ? 0 : 1
}
