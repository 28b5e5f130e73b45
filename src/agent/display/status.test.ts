import { expect, test } from 'bun:test'
import type { Screen } from '../cli/screen.ts'
import type { OtherMachine } from '../nodes/others.ts'
import { known } from '../problem/known.ts'
import type { ClusterStatus, MachineStatus } from '../status.ts'
import { statusText } from './status.ts'

const plain = { width: 80, paint: (_: string, text: string) => text } as Screen
const now = 1_000_000_000
const hour = 3_600_000

const service = (name: string, port: number, more: object = {}) => ({
  ...{ name, state: 'ready', byHand: false, pid: 4321, since: now - 26 * hour, restarts: 0 },
  ...{ address: `10.20.30.41:${port}`, provider: 'system', simulated: false, adopted: false },
  ...more,
})

const own = {
  name: 'controller-1',
  address: '10.20.30.41',
  roles: ['controller', 'worker'],
  mode: 'joined',
  version: '1.0.0',
  pid: 1,
  api: '10.20.30.41:7947',
  services: [
    service('zookeeper', 2181),
    service('mesos-master', 5050),
    service('mesos-agent', 5051, { state: 'failed', reason: 'ended with exit code 1', restarts: 3 }),
    service('marathon', 8080),
  ],
  leads: ['marathon'],
  held: [],
  dns: {
    ...{ state: 'ready', address: '10.20.30.41:53', domain: 'mesos', records: 512, stale: false },
    ...{ loadedAt: now - 2000, host: { kind: 'off' } },
  },
} as unknown as MachineStatus

const other = (name: string, more: Partial<OtherMachine> = {}): OtherMachine => ({
  ...{ name, address: `10.20.30.4${name.at(-1)}`, roles: ['controller', 'worker'], state: 'alive' },
  document: 12,
  said: {
    ready: true,
    services: ['zookeeper', 'mesos-master', 'mesos-agent', 'marathon'].map((each) => ({
      ...{ name: each, state: 'ready', since: now - 3 * hour },
    })),
    dns: 'ready',
    problems: [],
  },
  ...more,
})

const whole: ClusterStatus = {
  cluster: {
    name: 'production',
    simulated: false,
    key: 'keyed',
    zookeeper: {
      url: 'zk://10.20.30.41:2181,10.20.30.42:2181,10.20.30.43:2181/mesos',
      managed: true,
      session: 'connected',
    },
    document: { version: 12 },
  },
  machines: [own],
  problems: [known.serviceFailed('mesos-agent', { reason: 'ended with exit code 1' })],
  ready: false,
  others: [
    other('worker-6', { roles: ['worker'], state: 'failed' }),
    other('controller-2', {
      said: {
        ready: false,
        services: [
          { name: 'zookeeper', state: 'ready', since: now - 9 * hour },
          { name: 'marathon', state: 'backing-off', since: now - 60_000 },
        ],
        leads: ['zookeeper', 'mesos-master'],
        dns: 'ready',
        stale: true,
        problems: [known.serviceFailed('marathon', { reason: '137' })],
      },
    }),
    other('controller-3', { document: 11 }),
  ],
}

test('the whole cluster is one screen of 80 columns: problems first, each with the next command', () => {
  const lines = statusText(whole, plain, now).split('\n')
  expect(lines.filter((line) => line.length > 80 && !line.startsWith('problem:'))).toEqual([])
  expect(lines.length).toBeLessThanOrEqual(26)
  expect(lines.slice(0, 10)).toEqual([
    'problem: mesos-agent failed: ended with exit code 1',
    '  next: meshbox logs mesos-agent',
    'problem: worker-6 does not answer: gossip does not reach it; if it never comes back: `meshbox leave --forget worker-6`',
    '  next: meshbox doctor --fix, on worker-6',
    'problem: controller-2: marathon failed: 137',
    '  next: meshbox logs marathon --node controller-2',
    'cluster production · document version 12',
    'zk://10.20.30.41:2181,10.20.30.42:2181,10.20.30.43:2181/mesos',
    '  (run by meshbox, connected)',
    'leaders: controller-1 (marathon), controller-2 (zookeeper, mesos-master)',
  ])
  const rowOf = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.split(/ {2,}/)
  expect(rowOf('zookeeper')).toEqual(['zookeeper', 'ready', '10.20.30.41:2181', '4321', '1d'])
  expect(rowOf('dns')).toEqual(['dns', 'ready', '10.20.30.41:53', '2s', '512 records'])
  expect(rowOf('MACHINE')).toEqual(['MACHINE', 'ROLE', 'STATE', 'SERVICES', 'FOR', 'DOC', 'DNS'])
  expect(rowOf('controller-2')).toEqual([
    ...['controller-2', 'controller', 'not ready', 'marathon backing-off', '1m', '12', 'stale'],
  ])
  expect(rowOf('controller-3')).toEqual([
    ...['controller-3', 'controller', 'ready', '4 ready', '3h', '11', 'fresh'],
  ])
})

test('of another machine that was asked each command says that it is for there, with the folder of that one', () => {
  const machines = [{ ...own, dataDir: '/b' }]
  const cluster = { ...whole.cluster, pending: ['a restart'] }
  const lines = statusText({ ...whole, cluster, machines }, plain, now, true).split('\n')
  expect(lines.filter((line) => line.startsWith('  next: '))).toEqual([
    '  next: meshbox logs mesos-agent --data-dir /b, on controller-1',
    '  next: meshbox doctor --fix, on worker-6',
    '  next: meshbox logs marathon, on controller-2',
  ])
  expect(lines).toContain('pending: a restart; see `meshbox plan --data-dir /b`, on controller-1')
})

test('of a thousand machines those in trouble are shown, and the others are counted', () => {
  const others = Array.from({ length: 1000 }, (_, at) =>
    other(`w${at}`, at < 40 ? { state: 'failed' } : {}),
  ).sort((a, b) => (a.state === b.state ? 0 : a.state === 'failed' ? -1 : 1))
  const text = statusText({ ...whole, others }, plain, now)
  expect(text).toContain('problem: 31 more\n')
  expect(text).toContain('and 940 more, all of them ready')
})
