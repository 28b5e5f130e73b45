import { type Clock, until } from '../../clock.ts'
import type { Cluster, EnsembleServer } from '../../config/document/cluster.ts'
import type { Server } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import type { RecoveryMark } from '../local/memory.ts'
import type { Place } from '../place.ts'
import { type DiskReply, type DiskRow, type Disks, refused } from './disks.ts'
import { clientSide, ownServer } from './promise.ts'

/** What became of asking a controller for its promise. `stranger`: it has no disk of this ensemble at all. */
export type Asked =
  | { kind: 'promised'; name: string; told: DiskReply }
  | { kind: 'silent' | 'stranger'; name: string }
  | { kind: 'refused'; name: string; why: string }

/** Its agent has only begun, or its gossip. */
const notYet = ['zk-forming', 'recover-unheard']
/** So long gossip may take to miss a machine, and an agent to begin. */
const missedMs = 30_000
const pollMs = 500

/**
 * Asks all other controllers for the promise, those that answer.
 * @throws MeshboxError when one of them may run its ZooKeeper
 */
export function openAsking(
  disks: Disks,
  deps: {
    place: Pick<Place, 'ensemble'>
    cluster: () => Cluster | undefined
    /** Whether something takes connections there. */
    listens: (server: Server) => Promise<boolean>
    clock: Clock
  },
): (mark: RecoveryMark, gone: boolean) => Promise<Asked[]> {
  /** Gossip may not have missed it yet, or not have found it: this agent may have begun a moment ago. */
  async function askOne(server: EnsembleServer, mark: RecoveryMark, gone: boolean): Promise<Asked> {
    const { host } = server
    const { id, from } = mark
    const nameOf = () => disks.memberAt(host)?.name ?? host
    let why = ''
    const asked = await until(deps.clock, { everyMs: pollMs, timeoutMs: missedMs }, async () => {
      const member = disks.memberAt(host)
      const name = nameOf()
      const api = member?.tags.api ?? disks.memberAt(from.address)?.tags.api ?? ''
      why = 'it does not answer, and gossip finds it alive'
      if (!(await deps.listens({ host, port: Number(api) })))
        return member?.status === 'alive' ? undefined : ({ kind: 'silent', name } as const)
      try {
        // An agent that hangs takes connections all the same, and a promise is waited for long.
        why = 'its agent takes connections, and does not answer'
        await disks.ask({ address: host, tags: { api } })
        const told = await disks.ask({ address: host, tags: { api } }, { id, from, gone })
        return { kind: 'promised', name, told } as const
      } catch (error) {
        if (!(error instanceof MeshboxError)) return undefined
        if (error.code === 'recover-stranger') return { kind: 'stranger', name } as const
        why = error.message
        return notYet.includes(error.code) ? undefined : ({ kind: 'refused', name, why } as const)
      }
    })
    const name = nameOf()
    if (!asked) return { kind: 'refused', name, why }
    if ((asked.kind === 'silent' || asked.kind === 'stranger') && (await deps.listens(clientSide(server)))) {
      const what = asked.kind === 'silent' ? 'does not answer' : 'knows nothing of this cluster'
      return { kind: 'refused', name, why: `its agent ${what}, and its ZooKeeper runs` }
    }
    return asked
  }

  return async (mark, gone) => {
    const own = ownServer(deps.place)
    const others = (deps.cluster()?.servers ?? []).filter(({ host }) => host !== own?.host)
    const asked = await Promise.all(others.map((server) => askOne(server, mark, gone)))
    const no = asked.find((each) => each.kind === 'refused')
    if (no?.kind === 'refused')
      throw refused(
        `${no.name}: ${no.why}`,
        `${mark.state === 'alone' ? 'the same command goes on' : 'nothing has changed'}; \`meshbox members\` shows who is alive, \`meshbox controllers recover\` the disks`,
      )
    return asked
  }
}

export function heldBy(asked: Asked): Pick<DiskRow, 'name' | 'disk'>[] {
  if (asked.kind !== 'promised') return []
  const { name, told } = asked
  return [{ name, ...(told.disk ? { disk: told.disk } : {}) }]
}
