import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import { openAccess } from '../../dns/master/access.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { Registered } from '../../supervisor/probe/probe.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { type Access, openOperator } from './operator.ts'

/** The masters as this machine knows them, and whether it knows that none leads. */
export type Mesos = Access & { waits: () => boolean }

/** Who leads is what the resolver has found out; one that is off or cannot read from a master knows nothing. */
export function openMesos({
  supervisor,
  resolver,
  dns,
  clock,
}: {
  supervisor: Pick<Supervisor, 'status' | 'authorization'>
  resolver: () => Resolver | undefined
  dns: () => Config['dns']
  clock: Clock
}): Mesos {
  const seen = () => resolver()?.status()
  return {
    agent: () => supervisor.status().find(({ name }) => name === 'mesos-agent'),
    agentAuthorization: supervisor.authorization('mesos-agent'),
    leader: () => seen()?.leader,
    master: () => openAccess(dns(), clock),
    waits() {
      const { leader, lastError } = seen() ?? { lastError: 'there is no resolver' }
      return dns().transferFrom.length === 0 && leader === undefined && lastError === undefined
    },
  }
}

/** What this machine cannot reach, its mesos-agent cannot either; whether it is lost only a master can tell. */
export function openRegistered(mesos: Mesos): Registered {
  const operator = openOperator(mesos, 'see whether mesos-agent is registered')
  return async (id) => {
    if (mesos.leader() === undefined) return mesos.waits() ? 'unreached' : undefined
    return operator.registered(id).catch((error) => (isOutOfReach(error) ? 'unreached' : undefined))
  }
}

function isOutOfReach({ cause }: Error): boolean {
  return (
    cause instanceof Error &&
    (cause.name === 'TimeoutError' || ('code' in cause && cause.code === 'ECONNREFUSED'))
  )
}
