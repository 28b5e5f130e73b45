import { Counter, Gauge, Registry } from 'prom-client'
import { serviceStates } from '../../supervisor/service/spec.ts'
import { version } from '../../version.ts'
import type { GossipEvent, Member } from '../gossip/gossip.ts'
import type { Neighbours } from '../neighbours.ts'
import { problemSchema } from '../problem/problem.ts'
import type { Status } from '../status.ts'

export type Metrics = { contentType: string; text(): Promise<string> }

/** A value, and the labels that tell it from the others of its name. */
type Sample = { value: number; labels?: Record<string, string> }
type Row = {
  name: string
  help: string
  kind: 'gauge' | 'counter'
  labels?: string[]
  samples: (now: Now) => Sample[]
}

/** All that is looked at, at the moment when somebody asks. */
type Now = {
  status: Status
  members: Member[]
  health: number | undefined
  events: Record<GossipEvent['kind'], number>
}

const rolloutStates = ['running', 'halted', 'aborted', 'done']
const memberStates = ['alive', 'suspect', 'failed', 'left']

const one = (value: number): Sample[] => [{ value }]
const yes = (value: boolean): Sample[] => one(value ? 1 : 0)
const servicesOf = ({ status }: Now) => status.machines[0]?.services ?? []

/** 1 for the state that it is in, and 0 for the others, so that none is missed when it changes. */
const states = (
  all: readonly string[],
  is: string | undefined,
  labels: Record<string, string> = {},
): Sample[] => all.map((state) => ({ value: state === is ? 1 : 0, labels: { ...labels, state } }))

const rows: Row[] = [
  {
    ...{ name: 'build_info', help: 'Version of meshbox, always 1.', kind: 'gauge', labels: ['version'] },
    samples: () => [{ value: 1, labels: { version } }],
  },
  {
    ...{ name: 'ready', help: '1 while all that can run on this machine is ready.', kind: 'gauge' },
    samples: ({ status }) => yes(status.ready),
  },
  {
    ...{ name: 'problems', help: 'Problems that this machine tells of.', kind: 'gauge' },
    labels: ['severity'],
    samples: ({ status }) =>
      problemSchema.shape.severity.options.map((severity) => ({
        value: status.problems.filter((problem) => problem.severity === severity).length,
        labels: { severity },
      })),
  },
  {
    ...{ name: 'service_state', help: '1 for the state that a service is in.', kind: 'gauge' },
    labels: ['service', 'state'],
    samples: (now) =>
      servicesOf(now).flatMap(({ name, state }) => states(serviceStates, state, { service: name })),
  },
  {
    ...{ name: 'service_restarts_total', help: 'How often a service was started again.', kind: 'counter' },
    labels: ['service'],
    samples: (now) =>
      servicesOf(now).map(({ name, restarts }) => ({ value: restarts, labels: { service: name } })),
  },
  {
    ...{
      name: 'service_state_timestamp_seconds',
      help: 'Since when a service is in its state.',
      kind: 'gauge',
    },
    labels: ['service'],
    samples: (now) =>
      servicesOf(now).map(({ name, since }) => ({ value: since / 1000, labels: { service: name } })),
  },
  {
    ...{ name: 'service_by_hand', help: '1 while somebody has stopped a service.', kind: 'gauge' },
    labels: ['service'],
    samples: (now) =>
      servicesOf(now).map(({ name, byHand }) => ({ value: byHand ? 1 : 0, labels: { service: name } })),
  },
  {
    ...{ name: 'zookeeper_connected', help: '1 while there is a ZooKeeper session.', kind: 'gauge' },
    samples: ({ status }) => yes(status.cluster.zookeeper.session === 'connected'),
  },
  {
    ...{
      name: 'document_version',
      help: 'Version of the shared document that is applied here.',
      kind: 'gauge',
    },
    samples: ({ status }) => (status.cluster.document ? one(status.cluster.document.version) : []),
  },
  {
    ...{ name: 'document_newest_version', help: 'Newest version that any machine tells of.', kind: 'gauge' },
    samples({ status, members }) {
      const own = status.cluster.document?.version ?? -1
      const newest = Math.max(own, ...members.map(({ tags }) => Number(tags.doc?.split(':')[0] ?? -1)))
      return newest < 0 ? [] : one(newest)
    },
  },
  {
    ...{
      name: 'document_refused',
      help: '1 while the newest version cannot be applied here.',
      kind: 'gauge',
    },
    samples: ({ status }) => yes(status.cluster.document?.problem !== undefined),
  },
  {
    ...{
      name: 'pending_options',
      help: 'Options whose change waits for the turn of this machine.',
      kind: 'gauge',
    },
    samples: ({ status }) => one(status.cluster.pending?.length ?? 0),
  },
  {
    ...{ name: 'rollout_state', help: '1 for the state that the last rollout is in.', kind: 'gauge' },
    labels: ['state'],
    samples: ({ status }) => states(rolloutStates, status.cluster.rollout?.state),
  },
  {
    ...{ name: 'rollout_paused', help: '1 while somebody has paused rollouts.', kind: 'gauge' },
    samples: ({ status }) => yes(status.cluster.rollout?.paused ?? false),
  },
  {
    ...{ name: 'rollout_step', help: 'Number of the last permit that was given.', kind: 'gauge' },
    samples: ({ status }) => one(status.cluster.rollout?.step ?? 0),
  },
  {
    ...{ name: 'gossip_members', help: 'Machines that gossip knows.', kind: 'gauge', labels: ['state'] },
    samples: ({ members }) =>
      memberStates.map((state) => ({
        value: members.filter(({ status }) => status === state).length,
        labels: { state },
      })),
  },
  {
    ...{ name: 'gossip_health_score', help: 'How far gossip is behind here; 0 is well.', kind: 'gauge' },
    samples: ({ health }) => (health === undefined ? [] : one(health)),
  },
  {
    ...{
      name: 'gossip_events_total',
      help: 'What gossip told of other machines.',
      kind: 'counter',
      labels: ['kind'],
    },
    samples: ({ events }) => Object.entries(events).map(([kind, value]) => ({ value, labels: { kind } })),
  },
]

/** What this machine knows, for Prometheus; it is looked at when somebody asks. */
export function openAgentMetrics(agent: {
  status(): Status
  neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'health'>
  /** The resolver's own numbers. */
  dns(): Promise<string> | undefined
}): Metrics {
  const registry = new Registry()
  const events: Now['events'] = { joined: 0, failed: 0, left: 0, updated: 0, conflict: 0 }
  agent.neighbours.onEvent(({ kind }) => {
    events[kind]++
  })
  let now: Now | undefined
  for (const { name, help, kind, labels = [], samples } of rows) {
    const about = { name: `meshbox_${name}`, help, labelNames: labels, registers: [registry] }
    if (kind === 'gauge')
      new Gauge({
        ...about,
        collect() {
          this.reset()
          for (const { value, labels = {} } of now ? samples(now) : []) this.set(labels, value)
        },
      })
    else
      new Counter({
        ...about,
        collect() {
          this.reset()
          for (const { value, labels = {} } of now ? samples(now) : []) this.inc(labels, value)
        },
      })
  }
  return {
    contentType: registry.contentType,
    async text() {
      const { neighbours } = agent
      now = { status: agent.status(), members: neighbours.members(), health: neighbours.health(), events }
      const [own, dns] = [await registry.metrics(), await agent.dns()]
      return `${own.trimEnd()}\n${processText()}${dns ?? ''}`
    },
  }
}

/** By the names that Prometheus's own client libraries have. */
function processText(): string {
  const { user, system } = process.cpuUsage()
  const all: [string, string, string, number][] = [
    ['process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', process.memoryUsage.rss()],
    ['process_cpu_seconds_total', 'counter', 'User and system CPU time in seconds.', (user + system) / 1e6],
    ['process_start_time_seconds', 'gauge', 'Unix time of the start.', startedAt],
  ]
  return all
    .map(([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`)
    .join('')
}

const startedAt = Math.round(Date.now() / 1000 - process.uptime())
