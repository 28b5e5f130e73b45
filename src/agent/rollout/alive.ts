import type { Member } from '../gossip/gossip.ts'

/**
 * By gossip. A machine that lost its disk comes back under its name as another node, which knows nothing of what that one
 * was to do.
 */
export function lives(members: Pick<Member, 'status' | 'tags'>[], node: string): boolean {
  return members.some(({ status, tags }) => status === 'alive' && tags.node === node)
}

/** Asked of each machine whose word somebody would not wait for. */
export type Finding = {
  /** Whether this machine is in touch with ZooKeeper. */
  isConnected: () => boolean
  /** Those that are, by their ids. */
  nodes: () => Promise<ReadonlyMap<string, unknown>>
  /** By gossip. */
  isAlive: (node: string) => boolean
}

/** How a machine is found to live; undefined where nobody finds it: that it is off is somebody's word. */
export async function foundAlive(
  node: string,
  { isConnected, nodes, isAlive }: Finding,
): Promise<string | undefined> {
  if (!isConnected()) return 'nobody knows now whether it is in touch with ZooKeeper'
  if ((await nodes()).has(node)) return 'it is in touch with ZooKeeper, and may be changing'
  return isAlive(node) ? 'gossip finds it alive, and it may be changing' : undefined
}
