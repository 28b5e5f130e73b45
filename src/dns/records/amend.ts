import { canonicalAddress } from '../../config/address.ts'
import { type ClusterChange, openCluster } from '../state/cluster.ts'
import type { MasterEvent } from '../state/event.ts'
import type { AgentEntry, MasterState, Skip, TaskEntry } from '../state/model.ts'
import { openLedger } from '../table/ledger.ts'
import type { Patch } from '../table/table.ts'
import { type Built, buildRecords, type Surroundings } from './build.ts'
import { openMakers, type RecordOptions } from './makers.ts'

/** The records of a state that events are applied to. */
export type Amender = {
  /**
   * Applies an event. What cannot be used of it is noted in `skipped`.
   * @throws Error when more must be known than the event tells: then the state has to be loaded anew
   */
  apply(event: MasterEvent, skipped: Skip[]): void
  /** How the records differ from those of the table now. */
  patch(): Patch
  /** The records made anew from the state as it is now, with an amender of their own. */
  rebuild(): { built: Built; amender: Amender }
}

/** @throws Error when the state does not tell its entries apart */
export function openAmender(
  state: MasterState,
  { table, books }: Pick<Built, 'table' | 'books'>,
  around: Surroundings,
  options: RecordOptions,
): Amender {
  const cluster = openCluster(state)
  const ledger = openLedger(table, books, { domain: options.domain, weight: options.srvRecordDefaultWeight })

  /** What a part made before is made no more, what it makes now is new. */
  function book(change: ClusterChange, skipped: Skip[]): void {
    const gone = openMakers(around.hosts, options, [])
    const come = openMakers(around.hosts, options, skipped)
    const less = (framework: string, task?: TaskEntry, agent?: AgentEntry) => {
      if (task && agent) gone.tasks(ledger.less, framework)(task, gone.taskAgent(agent))
    }
    const more = (framework: string, task?: TaskEntry, agent?: AgentEntry) => {
      if (task && agent) come.tasks(ledger.more, framework)(task, come.taskAgent(agent))
    }
    if (change.kind === 'task') {
      less(change.framework.name, change.before, change.agent)
      more(change.framework.name, change.after, change.agent)
    } else if (change.kind === 'agent') {
      if (change.before) gone.agent(ledger.less, change.before)
      if (change.after) come.agent(ledger.more, change.after)
      for (const { framework, task } of change.tasks) {
        less(framework.name, task, change.before)
        more(framework.name, task, change.after)
      }
    } else {
      if (change.before) gone.framework(ledger.less, change.before)
      // Where its scheduler really is the next load tells: nothing is left out.
      if (change.after) gone.framework(ledger.more, change.after)
      for (const [task, agent] of change.tasks) less(change.before?.name ?? '', task, agent)
    }
  }

  return {
    apply(event, skipped) {
      const change = cluster.apply(event)
      if (!change) return
      requireHosts(change, around.hosts)
      book(change, skipped)
    },
    patch: () => ledger.patch(),
    rebuild() {
      const now = cluster.state()
      const built = buildRecords(now, around, options)
      return { built, amender: openAmender(now, built, around, options) }
    },
  }
}

/** Names of agents' hosts are looked up with a load. */
function requireHosts(change: ClusterChange, hosts: Surroundings['hosts']): void {
  if (change.kind !== 'agent') return
  const host = change.after?.host
  if (host !== undefined && canonicalAddress(host) === undefined && !hosts.has(host))
    throw new Error(`the addresses of ${host} are not known`)
}
