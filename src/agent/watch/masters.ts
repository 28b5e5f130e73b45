import type { Clock } from '../../clock.ts'
import { splitHostPort } from '../../config/address.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Node } from '../nodes/node.ts'
import type { Problem } from '../problem/problem.ts'

const lookMs = 1000

/** A mesos-master, as its machine tells. */
type Master = { machine: string; address: string; state: string }

export type MasterFacts = {
  /** Why the state of the cluster cannot be loaded. */
  reason: string
  /** The name of this machine. */
  own: string
  /** So many machines are controllers; the masters of a majority have to run. */
  declared: number
  masters: Master[]
  /** That ZooKeeper cannot be reached, without which no master leads. */
  zooKeeper: Problem | undefined
  /** Whether other machines do what they are told from here. */
  keyed: boolean
}

/** Why no master gives what DNS needs, and what mends that. */
export type Cause = Pick<Problem, 'why' | 'command' | 'machine'>

const start = 'meshbox service start mesos-master'
const down = new Set(['stopped', 'stopping', 'failed', 'backing-off'])

export function judgeMasters(facts: MasterFacts): Cause {
  const { reason, own, declared, masters, zooKeeper, keyed } = facts
  const on = (machine: string) => (machine === own ? {} : { machine })
  if (zooKeeper) {
    const { what, command, machine } = zooKeeper
    const why = `${reason}, for mesos-masters wait for ZooKeeper: ${what}`
    return { why, command, ...(machine === undefined ? {} : { machine }) }
  }
  const quorum = Math.floor(declared / 2) + 1
  const stopped = masters.filter(({ state }) => state === 'stopped')
  const up = masters.filter(({ state }) => !down.has(state)).length
  const [first] = stopped
  if (first && up < quorum) {
    const why = `${reason}; mesos-master is stopped on ${namesOf(stopped)}, and ${quorum} of ${declared} have to run`
    const several = quorum - up > 1
    return several && keyed
      ? { why, command: `${start} --everywhere` }
      : { why: several ? `${why}: start it on each` : why, command: start, ...on(first.machine) }
  }
  const failed = masters.find(({ state }) => state === 'failed' || state === 'backing-off')
  if (failed && up < quorum)
    return {
      why: `${reason}; mesos-master does not stay up on ${failed.machine}, and ${quorum} of ${declared} have to run`,
      command: 'meshbox logs mesos-master',
      ...on(failed.machine),
    }
  if (/answered 40[13]\b/.test(reason))
    return {
      why: `${reason}: it wants credentials, or others than dns.mesosCredentials has`,
      command:
        'meshbox config set dns.mesosAuthentication=basic dns.mesosCredentials.principal=NAME dns.mesosCredentials.secret=SECRET',
    }
  const leader = masterIn(reason, masters)
  if (!leader) return { why: reason, command: 'meshbox doctor' }
  const silent = /no answer within|ConnectionRefused|ECONN|EHOST|ENET|Unable to connect/i.test(reason)
  if (silent && leader.state === 'ready' && leader.machine !== own)
    return {
      why: `${reason}; ${leader.machine} says that its mesos-master is ready, so what is between shuts the port`,
      command: 'meshbox doctor',
    }
  return { why: reason, command: 'meshbox service restart mesos-master', ...on(leader.machine) }
}

/** Whose master the reason tells of. */
function masterIn(reason: string, masters: Master[]): Master | undefined {
  const host = splitHostPort(
    / from (\S+?):? /.exec(`${reason} `)?.[1] ?? / of (\S+?):? /.exec(reason)?.[1] ?? '',
  )?.host
  return masters.find(({ address }) => address === host)
}

const namesOf = (masters: Master[]) =>
  masters
    .map(({ machine }) => machine)
    .sort()
    .join(', ')

export type MasterWatch = { cause(zooKeeper: Problem | undefined): Cause | undefined; stop(): void }

/** Looks what the controllers say of their masters, for as long as DNS is stale. */
export function openMasterWatch(deps: {
  own: { name: string; address: string }
  services: () => ServiceStatus[]
  /** Undefined while DNS is not stale. */
  reason: () => string | undefined
  declared: () => number
  keyed: () => boolean
  read: () => Promise<Map<string, Node>>
  clock: Clock
  onChange: () => void
}): MasterWatch {
  const { own, services, reason, declared, keyed, read, clock, onChange } = deps
  let others: Master[] = []
  let stopped = false
  let cancel = clock.after(lookMs, look)

  function look(): void {
    const looked =
      reason() === undefined ? Promise.resolve([]) : read().then((nodes) => mastersIn(nodes, own.name))
    void looked
      // That ZooKeeper does not answer is told elsewhere; what was heard last stays.
      .catch(() => others)
      .then((found) => {
        if (stopped) return
        const changed = JSON.stringify(found) !== JSON.stringify(others)
        others = found
        cancel = clock.after(lookMs, look)
        if (changed) onChange()
      })
  }

  return {
    cause(zooKeeper) {
      const why = reason()
      if (why === undefined) return undefined
      const here = services()
        .filter(({ name }) => name === 'mesos-master')
        .map(({ state }) => ({ machine: own.name, address: own.address, state }))
      const masters = [...here, ...others]
      return judgeMasters({
        ...{ reason: why, own: own.name, declared: declared(), masters, zooKeeper, keyed: keyed() },
      })
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}

function mastersIn(nodes: Map<string, Node>, own: string): Master[] {
  return [...nodes.values()]
    .filter(({ name }) => name !== own)
    .flatMap(({ name, address, services }) =>
      services
        .filter((service) => service.name === 'mesos-master')
        .map(({ state }) => ({ machine: name, address, state })),
    )
}
