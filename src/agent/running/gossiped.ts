import type { Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import { recoveryTag } from '../controllers/left-out.ts'
import { openHints, tellDocument } from '../hints.ts'
import type { Membership } from '../membership.ts'
import type { Neighbours } from '../neighbours.ts'
import { roleTags } from '../node-facts.ts'
import type { Place } from '../place.ts'

/** What members tell each other of the document, and of what they are, without ZooKeeper. */
export type Gossiped = {
  /** What the other machines may know of this one. */
  tags(): Record<string, string>
  /** The answer to a member that asks for the document. */
  tellDocument(): Uint8Array | undefined
  stop(): Promise<void>
}

export function openGossiped({
  session,
  membership,
  neighbours,
  place,
  clock,
  log,
}: {
  session: Pick<Session, 'state' | 'onState'>
  membership: Membership
  neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'ask'>
  place: Pick<Place, 'controller' | 'worker'>
  clock: Clock
  log: Log
}): Gossiped {
  const hints = openHints({
    ...neighbours,
    cluster: () => membership.cluster()?.id,
    known: () => membership.newest()?.version ?? -1,
    connected: () => session.state() === 'connected',
    read: membership.read,
    hear: membership.hear,
    random: Math.random,
    clock,
    log,
  })
  const unsee = [neighbours.onEvent(hints.look), session.onState(hints.look)]

  return {
    tags() {
      const cluster = membership.cluster()
      const newest = membership.newest()
      return {
        ...roleTags(place.controller(), place.worker()),
        ...(cluster ? { cluster: cluster.id } : {}),
        ...recoveryTag(cluster?.recovered),
        ...(newest ? { doc: `${newest.version}:${newest.digest}` } : {}),
      }
    },
    tellDocument() {
      const [cluster, newest] = [membership.cluster(), membership.newest()]
      return cluster && newest && tellDocument(cluster.id, newest)
    },
    async stop() {
      for (const each of unsee) each()
      await hints.stop()
    },
  }
}
