import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { drainAgent } from '../drain/drain.ts'
import { openMesos, openRegistered } from '../drain/mesos.ts'
import { openOperator } from '../drain/operator.ts'
import type { Memory } from '../local/memory.ts'
import { openMaintenance } from '../maintenance/mode.ts'
import type { Membership } from '../membership.ts'
import type { Names } from '../names.ts'
import type { Place } from '../place.ts'
import type { Reconciler } from '../reconcile.ts'

/** This machine's mesos-agent as the leading master has it: whether it does, and whether tasks may run there. */
export function openOwnAgent({
  membership,
  names,
  place,
  reconciler,
  supervisor,
  memory,
  clock,
  log,
  onChange,
}: {
  membership: Pick<Membership, 'effective' | 'cluster'>
  names: Pick<Names, 'resolver'>
  place: Pick<Place, 'worker'>
  reconciler: Pick<Reconciler, 'plan'>
  supervisor: Pick<Supervisor, 'status' | 'authorization'>
  memory: Memory
  clock: Clock
  log: Log
  onChange: () => void
}) {
  const dns = () => membership.effective().config.dns
  const mesos = openMesos({ supervisor, resolver: names.resolver, dns, clock })
  const operator = openOperator(mesos, 'change the maintenance of this machine')
  return {
    mesos,
    maintenance: openMaintenance({ memory, operator, clock, log, onChange }),
    registered: openRegistered(mesos),
    async drain(timeoutMs: number): Promise<'drained' | 'no mesos-agent'> {
      const held = reconciler.plan().held.some(({ name }) => name === 'mesos-agent')
      // It has no task either while this machine has met no cluster.
      if (held || !place.worker() || !membership.cluster()) return 'no mesos-agent'
      await drainAgent(mesos, timeoutMs, clock)
      return 'drained'
    },
  }
}
