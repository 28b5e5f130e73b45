import type { Clock } from '../../../../clock.ts'
import { emptyRegistry, type Registry } from '../registry.ts'
import type { ReplicaDisk } from './disk.ts'
import { askReplica } from './peers.ts'
import {
  handle,
  latest,
  type Replica,
  type ReplicaReply,
  type ReplicaRequest,
  recoverFrom,
} from './replica.ts'

/** The replicated log as one master sees it. */
export type ReplicatedLog = {
  /** The other masters' word about their replicas goes here. */
  answer(request: ReplicaRequest): ReplicaReply
  /** The znodes' data of all masters, this one's own included. */
  members(list: string[]): void
  memberCount(): number
  /** Whether this master's own replica votes: `registrar/log/recovered`. */
  recovered(): boolean
  /** Becomes the writer and gives what a quorum holds; waits as long as there is no quorum. Undefined after `close`. */
  fetch(): Promise<Registry | undefined>
  /** True once a quorum has it on disk; `lost` when another writer took over, `unmet` without a quorum so far. */
  store(registry: Registry): Promise<'stored' | 'lost' | 'unmet'>
  close(): void
}

type Options = {
  disk: ReplicaDisk
  /** As in this master's own znode. */
  self: string
  quorum: number
  autoInitialize: boolean
  /** Called with each new status of the own replica. */
  onStatus: (status: Replica['status']) => void
  clock: Clock
}

const againMs = 1000

export function openLog({ disk, self, quorum, autoInitialize, onStatus, clock }: Options): ReplicatedLog {
  let own = disk.replica
  let group: string[] = [self]
  let closed = false
  let recovering = false
  let cancel = () => {}
  let proposal = 0
  let position = 0
  let wake = () => {}

  function keep(next: Replica): void {
    if (next === own) return
    const changed = next.status !== own.status
    disk.save(next)
    own = next
    if (changed) onStatus(own.status)
  }

  function answer(request: ReplicaRequest): ReplicaReply {
    const { replica, reply } = handle(own, request)
    keep(replica)
    return reply
  }

  /** Own answer first: that is how a quorum of one comes to begin a log of its own. */
  async function ask(request: ReplicaRequest, see: (reply: ReplicaReply) => void): Promise<void> {
    see(answer(request))
    await Promise.all(
      group
        .filter((member) => member !== self)
        .map(async (member) => {
          const reply = await askReplica(member, request)
          if (reply && !closed) see(reply)
        }),
    )
  }

  async function recover(): Promise<void> {
    if (recovering || closed || own.status === 'VOTING') return
    recovering = true
    cancel()
    const answers: Replica[] = []
    let moved = false
    try {
      await ask({ type: 'recover' }, (reply) => {
        if (reply.kind !== 'replica') return
        answers.push(reply.replica)
        const next = recoverFrom(own, answers, quorum, autoInitialize)
        if (!next || moved) return
        keep(next)
        moved = true
      })
    } catch {
      // the disk did not take it: the same again later
    }
    recovering = false
    if (closed || isVoting()) return
    if (moved) await recover()
    else cancel = clock.after(againMs, () => void recover())
  }

  const isVoting = () => own.status === 'VOTING'

  /** One round of asking for promises: the replicas that gave theirs, when they are a quorum. */
  async function promises(): Promise<Replica[] | undefined> {
    proposal = Math.max(proposal, own.promised) + 1
    const given: Replica[] = []
    let highest = 0
    await ask({ type: 'promise', proposal }, (reply) => {
      if (reply.kind === 'replica') given.push(reply.replica)
      else highest = Math.max(highest, reply.promised)
    })
    proposal = Math.max(proposal, highest)
    return given.length >= quorum ? given : undefined
  }

  async function write(registry: Registry): Promise<'stored' | 'lost' | 'unmet'> {
    const mine = proposal
    let stored = 0
    let lost = false
    await ask({ type: 'write', proposal: mine, position: position + 1, registry }, (reply) => {
      if (reply.kind === 'replica') stored++
      else if (reply.promised > mine) lost = true
    })
    if (stored >= quorum) {
      position++
      return 'stored'
    }
    return lost ? 'lost' : 'unmet'
  }

  onStatus(own.status)
  void recover()
  return {
    answer,
    members(list) {
      group = list.includes(self) ? list : [...list, self]
      void recover()
      wake()
    },
    memberCount: () => new Set(group).size,
    recovered: isVoting,
    async fetch() {
      while (!closed) {
        const given = await promises()
        if (given) {
          const last = latest(given)
          position = last.position
          // Written anew under this proposal: an entry that only a minority holds must not come and go.
          if (!last.registry) return emptyRegistry
          // One that an older stand-in has written has fewer parts.
          const registry = { ...emptyRegistry, ...last.registry }
          if ((await write(registry)) === 'stored') return registry
        }
        await new Promise<void>((resolve) => {
          const stop = clock.after(againMs, resolve)
          wake = () => {
            stop()
            resolve()
          }
        })
      }
      return undefined
    },
    store: write,
    close() {
      closed = true
      cancel()
      wake()
      disk.release()
    },
  }
}
