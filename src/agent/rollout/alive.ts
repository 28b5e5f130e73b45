import type { Member } from '../gossip/gossip.ts'

/**
 * By gossip. A machine that lost its disk comes back under its name as another node, which knows nothing of what that one
 * was to do.
 */
export function lives(members: Pick<Member, 'status' | 'tags'>[], node: string): boolean {
  return members.some(({ status, tags }) => status === 'alive' && tags.node === node)
}
