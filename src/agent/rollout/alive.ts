import type { Member } from '../gossip/gossip.ts'

/** Where a machine is looked for that is to be found with a new disk as well: it takes its place among the controllers again. */
export type Seated = Pick<Member, 'name' | 'address'>

/**
 * By gossip. A machine that lost its disk comes back under its name as another node, which knows nothing of what that one
 * was to do; found all the same, where it has a seat.
 */
export function lives(
  members: Pick<Member, 'name' | 'address' | 'status' | 'tags'>[],
  node: string,
  seat?: Seated,
): boolean {
  return members.some(
    ({ name, address, status, tags }) =>
      status === 'alive' && (tags.node === node || name === seat?.name || address === seat?.address),
  )
}

/** Asked of each machine whose word somebody would not wait for. */
export type Finding = {
  /** Whether this machine is in touch with ZooKeeper. */
  isConnected: () => boolean
  /** Those that are, by their ids. */
  nodes: () => Promise<ReadonlyMap<string, unknown>>
  /** By gossip. */
  isAlive: (node: string, seat?: Seated) => boolean
}

/** How a machine is found to live; undefined where nobody finds it: that it is off is somebody's word. */
export async function foundAlive(
  node: string,
  { isConnected, nodes, isAlive }: Finding,
  seat?: Seated,
): Promise<string | undefined> {
  if (!isConnected()) return 'nobody knows now whether it is in touch with ZooKeeper'
  if ((await nodes()).has(node)) return 'it is in touch with ZooKeeper, and may be changing'
  return isAlive(node, seat) ? 'gossip finds it alive, and it may be changing' : undefined
}
