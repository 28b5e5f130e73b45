import type { Caller } from '../../src/agent/api/access.ts'
import { apiApp, type Exposed } from '../../src/agent/api/app.ts'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import type { TokenRecord as JoinTokenRecord } from '../../src/agent/join-token/token.ts'
import { openAgentMetrics } from '../../src/agent/metrics/metrics.ts'
import type { Action } from '../../src/agent/plan/actions.ts'
import { known } from '../../src/agent/problem/known.ts'
import type { RolloutStatus } from '../../src/agent/rollout/status.ts'
import type { Status } from '../../src/agent/status.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { openCounters } from '../../src/dns/counters.ts'
import { openMetrics } from '../../src/dns/http/metrics.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import type { ServiceStatus } from '../../src/supervisor/service/spec.ts'

/** An agent with something of everything in it, behind the API: nothing of it runs. */

const document = parseDocumentText('name: x', 'x')

const service: ServiceStatus = {
  name: 'mesos-master',
  state: 'failed',
  ...{ reason: 'it ends', hint: 'h', output: ['line'], byHand: false, pid: 7, since: 1, restarts: 3 },
  ...{ address: '10.0.0.1:5050', provider: 'system', simulated: false, adopted: true },
}

const member: Member = {
  ...{ name: 'b', address: '10.0.0.2', port: 7946, status: 'alive', incarnation: 4 },
  tags: { node: 'id-b', v: '1' },
}

const past = {
  ...{ version: 3, id: 'i', who: 'me@a', when: '2026-01-01T00:00:00.000Z', how: 'edit', why: 'w' },
  text: 'name: w',
}

const token = {
  id: '0a1b2c3d',
  scope: 'read',
  hash: 'h',
  who: 'me@a',
  created: past.when,
  expires: 5,
} as const

const joinToken: JoinTokenRecord = {
  ...{ id: '0a1b2c3d4e5f6071', role: 'worker', hash: 'h', by: 'a', created: 1, expires: 5 },
  used: { at: 2, name: 'b', address: '10.0.0.2', claim: 'c' },
}

const rollout: RolloutStatus = {
  change: { kind: 'document', version: 3, digest: 'd' },
  ...{ state: 'halted', paused: false, why: 'w', step: 4, text: 'version 3', waits: 'for b' },
  permit: { step: 4, machines: [{ id: 'id-b', name: 'b' }], task: 't', begun: ['id-b'], words: {} },
  past: [{ kind: 'failed', reason: 'r', step: 3, id: 'id-a', name: 'a' }],
}

const status: Status = {
  cluster: {
    ...{ name: 'x', id: 'i', waiting: ['w'], simulated: false, key: 'keyed', pending: ['mesos.master.port'] },
    zookeeper: { url: 'zk://a:2181/mesos', managed: true, session: 'connected' },
    ...{ waits: ['marathon'], rollout },
    document: { version: 3, problem: 'p', heard: { version: 4, from: 'b', held: 'why' } },
  },
  machines: [
    {
      ...{
        name: 'a',
        address: '10.0.0.1',
        roles: ['controller', 'worker'],
        mode: 'joined',
        version: '1',
        pid: 5,
      },
      ...{ api: '10.0.0.1:7947', gossip: '10.0.0.1:7946', services: [service], leads: ['mesos-master'] },
      maintenance: { since: 1, why: 'w', state: 'draining', reason: 'r' },
      held: [{ name: 'marathon', kind: 'missing', reason: 'r', hint: 'h' }],
      dns: {
        ...{ state: 'ready', address: '0.0.0.0:53', domain: 'mesos', records: 2, stale: false, loadedAt: 1 },
        host: { kind: 'active', through: 'resolvconf' },
      },
    },
  ],
  problems: [known.serviceFailed('marathon', { reason: 'w' })],
  ready: true,
}

export const goodToken = { read: 'for-reading', change: 'for-changing' } as const

const action: Action = {
  part: 'marathon',
  kind: 'restart',
  class: 'rolling',
  options: [{ option: 'marathon.http_port', from: 1, to: 2 }],
  ...{ why: 'w', blast: 'b', waits: true },
}

const task = {
  ...{ task: 'web', framework: 'marathon', name: 'web-ab12c-s1.marathon.mesos.', addresses: ['10.0.0.1'] },
  services: [{ name: '_web._tcp.marathon.mesos.', port: 31000 }],
}

const keyReport = { members: 1, answered: 1, failures: { b: 'w' }, keys: { AAAA: 1 }, primary: {} }

const agent: Exposed = {
  name: 'a',
  dataDir: undefined,
  now: () => 1000,
  status: () => status,
  rules: () => ({ hosts: ['meshbox'], mayRead: () => false, keyed: true }),
  effective: () => ({ config: document.common, layers: [] }),
  document: () => ({
    read: async () => ({ kind: 'valid', text: 'name: x', version: 7, document }),
    replace: async () => ({ version: 8 }),
    seed: async () => 'existed',
    edit: async () => ({ version: 9, warnings: ['w'] }),
    rollback: async () => ({ version: 9 }),
    history: async () => [past],
    past: async (version) => (version === past.version ? past : undefined),
    follow: () => () => {},
  }),
  mask: (text) => text,
  planner: () => ({ actions: () => [action] }),
  backups: () => ({
    begin: () => ({ id: 'x' }),
    status: () => ({ state: 'done', id: 'x', bytes: 3, sha256: 'aa', versions: 1, registry: true }),
    part: () => new Uint8Array(3),
    forget() {},
  }),
  support: async () => ({ 'status.json': '{}' }),
  upgrades: { begin() {}, status: () => ({ state: 'working', to: '2.0.0', pid: 7 }) },
  maintenance: () => ({
    status: () => status.machines[0]?.maintenance,
    on() {},
    off() {},
    stop: async () => {},
  }),
  controllers: () => ({
    counts: (name: string) => name === 'a',
    list: async () => [
      { id: 1, name: 'a', address: '10.0.0.1', state: 'alive', votes: true, leads: true } as const,
    ],
    plan: () => [{ node: 'n', name: 'b', task: 'zookeeper' as const, text: 'b starts a ZooKeeper' }],
    begin: async () => ({ id: 'x' }),
    undo: async () => ({ id: 'x' }),
    report: () => undefined,
  }),
  isServer: () => true,
  recovery: () => ({
    look: async () => [
      { id: 1, name: 'a', address: '10.0.0.1', alive: true, disk: { zxid: '1', epoch: 1, at: 5 } },
    ],
    tell: async () => ({ disk: { zxid: '1', kept: '/k' } }),
    begin() {},
    report: () => ({ state: 'done', kept: ['a:/k'], unreached: ['c'] }),
    keeps: () => undefined,
    isUnderWay: () => false,
    stop() {},
  }),
  rolling: () => ({
    report: async () => ({ rollout, coming: [['b']], unseen: ['c'] }),
    steer: async () => rollout,
  }),
  joinTokens: () => ({
    create: async () => ({ token: 't', record: joinToken }),
    list: async () => [joinToken],
    revoke: async () => {},
    redeem: async () => {},
  }),
  resolver: () => ({
    records: () => [{ name: 'web.marathon.mesos.', type: 'A', data: '10.0.0.1', ttl: 60 }],
    tasks: async () => ({ total: 1, tasks: [task] }),
  }),
  lookUp: async () => ({
    rcode: 'NOERROR',
    answers: [{ name: 'web.marathon.mesos.', type: 'A', ttl: 60, data: '10.0.0.1' }],
    took: 0.4,
  }),
  birth: () => ({ kind: 'accepted' }),
  packages: () => [{ name: 'marathon', provider: 'system', source: '/usr/bin/marathon', state: 'installed' }],
  others: async () => [
    {
      ...{ name: 'b', address: '10.0.0.2', roles: ['worker'], state: 'alive', version: '1', document: 3 },
      said: { ready: true, services: [{ name: 'mesos-agent', state: 'ready' }], dns: 'ready', problems: [] },
    },
  ],
  events: { follow: () => new Blob(['event: status\n\n']).stream() },
  peers: (_, next) => next(),
  nodes: {
    ...{ own: 'a', members: () => [member], keyed: () => true, log: silentLog },
    ask: async (_, { body }) => ({
      ...{ status: 200, type: 'application/json' },
      text: JSON.stringify(JSON.stringify(body).includes('/v1/status') ? status : []),
    }),
  },
  metrics: openAgentMetrics({
    status: () => status,
    neighbours: { members: () => [member], onEvent: () => () => {}, health: () => 0 },
    dns: openMetrics(openCounters(), () => ({ records: 2, serial: 1, stale: false, skipped: 0 })).text,
  }),
  logs: { tail: async () => ['one'], follow: () => new Blob(['one\n']).stream() },
  services: {
    status: () => [service],
    start: async () => {},
    stop: async () => {},
    restart: async () => {},
  },
  neighbours: {
    members: () => [member],
    onEvent(see) {
      see({ kind: 'joined', member })
      return () => {}
    },
    forget() {},
    keys: () => ({
      list: async () => keyReport,
      install: async () => keyReport,
      use: async () => keyReport,
      remove: async () => keyReport,
    }),
  },
  leave: {
    plan: () => ({ last: false, machine: 'm', cluster: 'x', controller: false }),
    async *run() {
      yield { step: 'goodbye', text: 'said' }
      throw new MeshboxError({ code: 'c', message: 'm', hint: 'h' })
    },
  },
  tokens: () => ({
    create: async () => ({ token: 't', record: token }),
    list: () => [token],
    revoke: async () => {},
    check: (text) => (text === goodToken.read ? 'read' : text === goodToken.change ? 'change' : undefined),
    stop() {},
  }),
}

const callers: Record<string, Caller> = {
  socket: { kind: 'socket' },
  loopback: { kind: 'loopback' },
  remote: { kind: 'remote', address: '10.9.9.9' },
}

/** The API of that agent, and how to ask it; `more` replaces parts of it. */
export function pretend(more: Partial<Exposed> = {}) {
  const app = apiApp({ ...agent, ...more })
  const ask = async (caller: 'socket' | 'loopback' | 'remote', path: string, init?: RequestInit) => {
    const request = new Request(`http://meshbox${path}`, init)
    request.headers.set('host', 'meshbox')
    return app.fetch(request, { caller: callers[caller] })
  }
  return { app, ask }
}

export const sending = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
})
