import { backoffMs, type Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Member } from '../gossip/gossip.ts'
import { readNode } from './node.ts'

/** So many strangers are asked at a time: one of them knows the others. */
const most = 3
/** Alone, a machine looks often. */
const alone = { firstMs: 500, maxMs: 5000 }
/** The list grows with the cluster, and so do those who read it: each looks the more seldom for that. */
const inCompany = { everyMs: 30_000, members: 100 }

/**
 * Finds the machines that are in touch with ZooKeeper and that gossip does not know: where the ZooKeeper is none of
 * meshbox's, no machine of its URL gossips.
 */
export function openPeerSearch(deps: {
  session: Session
  /** The znode below which each machine has its own. */
  root: string
  members: () => Member[]
  /** Gossips with these, host:port. */
  meet: (doors: string[]) => Promise<void>
  clock: Clock
  random: () => number
  log: Log
}): { stop(): Promise<void> } {
  const { session, root, members, meet, clock, random, log } = deps
  let cancel = clock.after(0, turn)
  let work = Promise.resolve()
  let attempt = 0
  let stopped = false

  function turn(): void {
    work = look()
      .catch((error) => log.debug({ error: messageOf(error) }, 'cannot look for machines in ZooKeeper'))
      .then(() => {
        if (!stopped) cancel = clock.after(untilNextMs(), turn)
      })
  }

  async function look(): Promise<void> {
    if (session.state() !== 'connected') return
    const known = new Set(living().map(({ tags }) => tags.node ?? ''))
    const strangers = ((await session.children(root)) ?? []).filter((id) => !known.has(id))
    const doors = await Promise.all(draw(strangers, random).map(doorOf))
    if (doors.some((door) => door !== undefined)) await meet(doors.filter((door) => door !== undefined))
  }

  async function doorOf(id: string): Promise<string | undefined> {
    const znode = await session.read(`${root}/${id}`)
    return znode && readNode(znode.data)?.gossip
  }

  const living = () => members().filter(({ status }) => status === 'alive')

  function untilNextMs(): number {
    const count = living().length
    attempt = count > 1 ? 0 : attempt + 1
    if (count <= 1) return backoffMs(attempt, alone, random)
    return inCompany.everyMs * Math.max(1, count / inCompany.members) * (0.5 + random())
  }

  return {
    async stop() {
      stopped = true
      cancel()
      await work
    },
  }
}

function draw(ids: string[], random: () => number): string[] {
  return ids
    .map((id) => ({ id, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, most)
    .map(({ id }) => id)
}
