import { createHash, randomBytes } from 'node:crypto'
import type { Cluster, EnsembleServer } from '../config/document/cluster.ts'
import type { NodeFacts } from '../config/document/layers.ts'
import type { Birth } from '../supervisor/program/input.ts'
import { birthSchema } from './birth/record.ts'
import type { Ensemble, Memory, RecoveryMark, Value } from './local/memory.ts'
import { ownFacts } from './node-facts.ts'

/**
 * What this machine is for its cluster. It may become a controller and be one no more, and its programs follow a new list of
 * controllers only when it is their turn. Each change is on disk before it counts.
 */
export type Place = {
  ensemble(): Ensemble
  controller(): boolean
  /** Whether it runs mesos-agent: a controller may be told not to. */
  worker(): boolean
  /** This machine's place in the ensemble, as the supervisor needs it. */
  birth(): Birth | undefined
  /** This machine, as layers and selectors of the document see it. */
  facts(): NodeFacts
  /**
   * The cluster as the programs of this machine are to see it: where they find ZooKeeper, and by how many servers the
   * masters' quorum is reckoned.
   */
  seen(cluster: Cluster | undefined): Cluster | undefined
  /** Whether it is a controller that the cluster knows nothing of: one no more, or not yet. */
  isUnlisted(cluster: Cluster | undefined): boolean
  /** Whether the programs see these servers; those that the cluster has, when undefined. */
  keeps(servers: EnsembleServer[] | undefined): boolean
  master(): 'none' | 'stopped' | 'runs'
  /** The last recovery from one disk that it took part in. */
  recovery(): RecoveryMark | undefined
  /** What such a recovery keeps from running here. */
  halted(): ('zookeeper' | 'mesos-master')[]
  /** By which change of controllers this machine is one while the cluster does not list it: not yet, or no more. */
  joining(): string | undefined
  /** The password of `super`, which its own ZooKeeper alone knows. */
  password(): string
  /** Its disk was used once: it is never again taken for one that was not. */
  served(): void
  /** Its replica of the masters' log has been initialised. */
  logBegun(): void
  /** Runs a ZooKeeper that follows the others, and no master yet. */
  joinEnsemble(change: string, cluster: Cluster, own: EnsembleServer): void
  stopMaster(): void
  /** Its disk was lost in the middle of a change: it runs no master before it is told by which servers. */
  awaitTurn(): void
  /**
   * Runs what a controller runs by these servers. `begins`: its replica of the log may vote empty. `change`: which needs it
   * once again, though the cluster does not list it any more.
   */
  follow(servers: EnsembleServer[], begins: boolean, change?: string): void
  /** Its part in a recovery. `serves`: its disk is the ensemble alone, and so its ZooKeeper may run in this life of the agent. */
  recover(mark: RecoveryMark | undefined, serves?: boolean): void
  /** Is a worker from now on. */
  retire(servers: EnsembleServer[]): void
}

export function openPlace({
  memory,
  name,
  address,
  alone,
  ensemble: first,
}: {
  memory: Memory
  name: string
  address: string
  /** As a controller it is no worker. */
  alone: boolean
  ensemble: Ensemble
}): Place {
  let ensemble = first
  let place = asBegun(memory.recall('place') ?? { master: 'runs' })
  let serves = false

  function keep(next: Value<'place'>): void {
    memory.remember('place', next)
    place = next
  }

  function be(next: Ensemble): void {
    memory.remember('ensemble', next)
    ensemble = next
  }

  function password(): string {
    const known = memory.recall('super')
    if (known !== undefined) return known
    const drawn = randomBytes(24).toString('base64url')
    memory.remember('super', drawn)
    return drawn
  }

  const controller = () => ensemble.kind === 'managed' || ensemble.controller

  return {
    ensemble: () => ensemble,
    controller,
    worker: () => !(alone && controller()),
    birth: () => (ensemble.kind === 'managed' ? birthOf(ensemble, password()) : undefined),
    facts: () => ownFacts(name, address, controller(), alone),
    seen: (cluster) => (place.servers && cluster?.servers ? { ...cluster, servers: place.servers } : cluster),
    isUnlisted: (cluster) =>
      ensemble.kind === 'managed' &&
      cluster?.servers?.some(({ host }) => ensemble.kind === 'managed' && host === ensemble.address) ===
        false,
    keeps: (servers) => Bun.deepEquals(place.servers, servers),
    master: () => place.master,
    recovery: () => place.recovery,
    halted() {
      const state = place.recovery?.state
      if (state === 'alone' && serves) return ['mesos-master']
      return state === 'promised' || state === 'asks' || state === 'alone'
        ? ['zookeeper', 'mesos-master']
        : []
    },
    joining: () => place.joining,
    password,
    served() {
      if (ensemble.kind === 'managed' && ensemble.founder) be({ ...ensemble, founder: false })
    },
    logBegun() {
      if (ensemble.kind === 'managed' && ensemble.firstLog) be({ ...ensemble, firstLog: false })
    },
    joinEnsemble(change, cluster, own) {
      const others = (cluster.servers ?? []).filter(({ id }) => id !== own.id)
      const known = birthSchema.parse({ ...cluster, servers: [...others, own] })
      keep({ ...place, master: 'none', joining: change })
      be({ kind: 'managed', cluster: known, address: own.host, founder: false, firstLog: false })
    },
    stopMaster: () => keep({ ...place, master: 'stopped' }),
    awaitTurn() {
      if (ensemble.kind === 'managed' && place.master !== 'none') keep({ ...place, master: 'none' })
    },
    follow(servers, begins, change) {
      // Once its master may have run, its log is never begun again.
      const fresh = place.master === 'none'
      if (ensemble.kind === 'managed' && begins && fresh) be({ ...ensemble, firstLog: true })
      const { joining: _, ...rest } = place
      const master = controller() ? 'runs' : rest.master
      keep({ ...rest, master, servers, ...(change === undefined ? {} : { joining: change }) })
    },
    recover(recovery, alone = false) {
      const { recovery: _, ...rest } = place
      const next = { ...rest, ...(recovery ? { recovery } : {}) }
      // Who is free is so also where it cannot be written down; the next agent asks again.
      if (!recovery || recovery.state === 'withdrawn') place = next
      keep(next)
      serves = alone
    },
    retire(servers) {
      be({ kind: 'external', controller: false })
      keep({ master: 'runs', servers })
    },
  }
}

/** Who asked the others, when its agent ended, asks them no more: an operator begins again. */
function asBegun(place: Value<'place'>): Value<'place'> {
  if (place.recovery?.state !== 'asks') return place
  return { ...place, recovery: { ...place.recovery, state: 'withdrawn' } }
}

function birthOf({ cluster, address, founder }: Ensemble & { kind: 'managed' }, password: string): Birth {
  const own = cluster.servers.find(({ host }) => host === address)
  if (!own) throw new Error(`the birth record has no server ${address}`)
  const digest = createHash('sha1').update(`super:${password}`).digest('base64')
  return {
    serverId: own.id,
    clientPort: own.clientPort,
    servers: cluster.servers,
    founder,
    superDigest: `super:${digest}`,
  }
}
