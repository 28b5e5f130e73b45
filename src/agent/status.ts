import type { Config } from '../config/schema.ts'
import type { SessionState } from '../config/zookeeper/session.ts'
import { formatServer, formatZkUrl, type ZkUrl } from '../config/zookeeper/url.ts'
import type { HostLookupStatus } from '../dns/host/wanted.ts'
import type { Held } from '../supervisor/provider/choose.ts'
import type { PackageStatus } from '../supervisor/provider/packages.ts'
import type { ServiceName, ServiceStatus } from '../supervisor/service/spec.ts'
import { version } from '../version.ts'
import type { Keys } from './key/keyring.ts'
import type { Joined } from './local/memory.ts'
import type { MaintenanceStatus } from './maintenance/mode.ts'
import type { DocumentStatus, Membership } from './membership.ts'
import type { Neighbours } from './neighbours.ts'
import type { OtherMachine } from './nodes/others.ts'
import type { Part } from './plan/part.ts'
import { problemsHere } from './problem/here.ts'
import { known } from './problem/known.ts'
import type { Problem } from './problem/problem.ts'
import type { RolloutStatus } from './rollout/status.ts'
import type { Cause } from './watch/masters.ts'

export type ResolverStatus = {
  state: 'waiting' | 'ready' | 'failed'
  address: string
  domain: string
  reason?: string
  records: number
  /** Nothing newer than what is served could be loaded. */
  stale: boolean
  /** Unix milliseconds of the last load. */
  loadedAt?: number
  leader?: string
  /** Whether the machine's own look-ups of the domain come here too. */
  host: HostLookupStatus
}

export type MachineStatus = {
  name: string
  address: string
  roles: ('controller' | 'worker')[]
  mode: 'dev' | 'joined'
  version: string
  pid: number
  /** host:port of the HTTP API. */
  api: string
  /** Where it keeps its files, if not in the usual places. */
  dataDir?: string
  /** host:port of its gossip, over UDP and TCP; absent while the port cannot be had. */
  gossip?: string
  /** Somebody has had its tasks moved elsewhere, until it is over. */
  maintenance?: MaintenanceStatus
  services: ServiceStatus[]
  /** Those of its services that lead those of their kind. */
  leads?: ServiceName[]
  held: Held[]
  dns: ResolverStatus
}

/** What `/v1/status` answers and `meshbox status` shows. */
export type Status = {
  cluster: {
    name: string
    id?: string
    /** Who or what is waited for before anything can start here. */
    waiting?: string[]
    /** Why this machine may not take part. */
    refused?: string
    /** Mesos and Marathon are stand-ins. */
    simulated: boolean
    /** Without a key everything between the machines is in the clear. */
    key?: 'open' | 'keyed'
    zookeeper: { url: string; managed: boolean; session: SessionState }
    /** Version of the shared document that is applied here; absent before the first. */
    document?: DocumentStatus
    /** Options whose change waits for this machine's turn, or is refused; `meshbox plan` tells which. */
    pending?: string[]
    /** What starts anew here when it is this machine's turn. */
    waits?: Part[]
    /** How changes go, or went last, from machine to machine. */
    rollout?: RolloutStatus
  }
  machines: MachineStatus[]
  /** What keeps the cluster from being whole, worst first. */
  problems: Problem[]
  /** All that can run here is ready. */
  ready: boolean
}

/** `/v1/cluster`: this machine as `/v1/status` has it, and what is known of the others. */
export type ClusterStatus = Status & { others: OtherMachine[] }

type Parts = {
  joined: Joined
  url: ZkUrl
  managed: boolean
  address: string
  roles: MachineStatus['roles']
  session: SessionState
  /** For so long that it is a problem. */
  away: boolean
  /** That ZooKeeper has no majority. */
  lost: Problem | undefined
  membership: Pick<Membership, 'cluster' | 'effective' | 'document' | 'problem'>
  services: ServiceStatus[]
  leads: ServiceName[]
  held: Held[]
  /** What the other parts tell of. */
  others: Problem[]
  /** The address of a machine that has met a cluster. */
  neighbour: string | undefined
  /** Why DNS is stale, if it is. */
  staleDns: (zooKeeper: Problem | undefined) => Cause | undefined
  packages: PackageStatus[]
  /** Options whose change waits for this machine's turn. */
  pending: string[]
  waits: Part[]
  rollout: RolloutStatus | undefined
  maintenance: MaintenanceStatus | undefined
  dns: ResolverStatus
}

/** Puts together what the parts of the agent know; what is a problem is judged in problem/here.ts. */
export function composeStatus(parts: Parts): Status {
  const { joined, membership, services, held, dns } = parts
  const { config } = membership.effective()
  const cluster = membership.cluster()
  const document = membership.document()
  const refused = membership.problem()
  const own = services.find(({ name }) => name === 'zookeeper')?.state
  // While it starts, or does not stay up, it tells of that itself.
  const away = parts.away && (own === 'ready' || own === 'stopped' || !parts.managed)
  const { hard, soft } = problemsHere({
    ...{ refused, lost: parts.lost, away, met: cluster !== undefined, url: formatZkUrl(parts.url) },
    ...{ others: parts.others, document, services, held, packages: parts.packages },
    ...{
      rollout: parts.rollout,
      waits: parts.waits,
      dns,
      staleDns: parts.staleDns,
      neighbour: parts.neighbour,
    },
  })
  // A worker runs none; what it has met says whether meshbox does.
  const managed = parts.managed || cluster?.servers !== undefined
  const missing = held.some(({ kind }) => kind !== 'left-out')
  return {
    cluster: {
      name: config.name,
      ...(cluster ? { id: cluster.id } : {}),
      ...(refused ? { refused: refused.why } : {}),
      simulated: cluster?.simulated ?? joined.simulated,
      zookeeper: { url: formatZkUrl(parts.url), managed, session: parts.session },
      ...(document ? { document } : {}),
      ...(parts.pending.length > 0 ? { pending: parts.pending } : {}),
      ...(parts.waits.length > 0 ? { waits: parts.waits } : {}),
      ...(parts.rollout ? { rollout: parts.rollout } : {}),
    },
    machines: [
      {
        name: joined.name,
        address: parts.address,
        roles: parts.roles,
        mode: joined.mode,
        version,
        pid: process.pid,
        api: formatServer({ host: parts.address, port: config.api.port }),
        ...(parts.maintenance ? { maintenance: parts.maintenance } : {}),
        services,
        ...(parts.leads.length > 0 ? { leads: parts.leads } : {}),
        held,
        dns,
      },
    ],
    problems: [...hard, ...soft],
    ready:
      hard.length === 0 &&
      !missing &&
      cluster !== undefined &&
      document !== undefined &&
      parts.session === 'connected' &&
      services.length > 0 &&
      services.every(({ state, byHand }) => state === 'ready' || byHand) &&
      dns.state === 'ready',
  }
}

/** The status while it is not yet known whose ZooKeeper it is: nothing runs but this agent. */
export function formingStatus({
  joined,
  url,
  config,
  waiting,
  refused,
}: {
  joined: Joined
  url: ZkUrl
  config: Config
  waiting: string[]
  refused: Problem | undefined
}): Status {
  const { dns } = config
  const shown = formatZkUrl(url)
  return {
    cluster: {
      name: config.name,
      ...(waiting.length > 0 ? { waiting } : {}),
      ...(refused ? { refused: refused.why } : {}),
      simulated: joined.simulated,
      zookeeper: { url: shown, managed: false, session: 'suspended' },
    },
    machines: [
      {
        name: joined.name,
        address: '',
        roles: [],
        mode: joined.mode,
        version,
        pid: process.pid,
        api: formatServer({ host: 'localhost', port: config.api.port }),
        services: [],
        held: [],
        dns: {
          state: 'waiting',
          address: formatServer({ host: dns.listener, port: dns.port }),
          domain: dns.domain,
          reason: 'the cluster is not born yet',
          host: { kind: 'off' },
          records: 0,
          stale: false,
        },
      },
    ],
    problems: refused ? [refused] : [],
    ready: false,
  }
}

/** The same status with what gossip knows of this machine, and whether the cluster has a key. */
export function withGossip(
  status: Status,
  { address, problem }: Pick<Neighbours, 'address' | 'problem'>,
  keys: Pick<Keys, 'bytes'>,
  watched: Problem[],
): Status {
  const [gossip, trouble] = [address(), problem()]
  return {
    ...status,
    cluster: { ...status.cluster, key: keys.bytes().length === 0 ? 'open' : 'keyed' },
    machines: status.machines.map((machine) => ({ ...machine, ...(gossip ? { gossip } : {}) })),
    problems: [
      // What has its cause elsewhere is told once, with that.
      ...[...status.problems, ...(trouble ? [known.noGossip(trouble)] : [])].filter(
        ({ service }) => !watched.some((other) => service && other.service === service),
      ),
      ...watched,
    ],
  }
}
