import type { Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import type { Neighbours } from '../neighbours.ts'
import type { Node } from './node.ts'
import { openPeerSearch } from './peers.ts'
import { openPresence } from './presence.ts'

/** This machine among those that are in touch with ZooKeeper: seen there by the others, and looking out for them. */
export type Nodes = {
  /** What this machine says of itself may have changed. */
  look(): void
  /** Resolves once the others can read what it says now. */
  say(): Promise<void>
  /** Which other machine is seen in its place. */
  problem(): string | undefined
  /** Resolves when nothing is under way any more; closing the session cuts that short. */
  stop(): Promise<void>
  /** Nobody is to find this machine there any more, though its session goes on. */
  leave(): Promise<void>
}

export function openNodes(deps: {
  session: Session
  /** The znode below which each machine has its own. */
  root: string
  /** The id of this machine. */
  node: string
  /** Undefined while it has nothing to say yet. */
  describe: () => Node | undefined
  neighbours: Pick<Neighbours, 'members' | 'meet'>
  random: () => number
  clock: Clock
  log: Log
  onChange: () => void
}): Nodes {
  const { root, node, neighbours } = deps
  const presence = openPresence({ ...deps, path: `${root}/${node}` })
  const search = openPeerSearch({ ...deps, members: neighbours.members, meet: neighbours.meet })
  return {
    look: presence.look,
    say: presence.say,
    problem: presence.problem,
    leave: presence.leave,
    async stop() {
      await Promise.all([search.stop(), presence.stop()])
    },
  }
}
