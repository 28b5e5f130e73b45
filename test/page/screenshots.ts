import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import type { OtherMachine } from '../../src/agent/nodes/others.ts'
import { known } from '../../src/agent/problem/known.ts'
import type { RolloutStatus } from '../../src/agent/rollout/status.ts'
import type { Status } from '../../src/agent/status.ts'
import type { ServiceStatus } from '../../src/supervisor/service/spec.ts'
import { pretend } from '../api/pretend.ts'
import { openBrowser, openPage } from './browser.ts'

/** Makes the pictures of docs/images anew, of a cluster that is only pretended: `bun test/page/screenshots.ts`. */

const folder = join(import.meta.dir, '../../docs/images')
const now = Date.now()
const day = 86_400_000

const service = (
  name: ServiceStatus['name'],
  port: number,
  more: Partial<ServiceStatus> = {},
): ServiceStatus => ({
  ...{ name, state: 'ready', byHand: false, pid: 4000 + (port % 997), since: now - 3 * day, restarts: 0 },
  ...{ address: `10.0.0.1:${port}`, provider: name === 'zookeeper' ? 'apt' : 'archive' },
  ...{ simulated: false, adopted: false },
  ...more,
})

const nameOf = (i: number) => (i < 3 ? `controller-${i + 1}` : `worker-${i - 2}`)

const members = Array.from(
  { length: 24 },
  (_, i): Member => ({
    ...{ name: nameOf(i), address: `10.0.0.${i + 1}`, port: 7946, incarnation: 3 + (i % 4) },
    status: i === 6 ? 'failed' : 'alive',
    tags: { v: '0.1.0', role: i < 3 ? 'controller' : 'worker', doc: '41:9ad2f03c', api: '7947' },
  }),
)

const rollout: RolloutStatus = {
  change: { kind: 'document', version: 41, digest: '9ad2f03c' },
  ...{ state: 'halted', paused: false, step: 5, text: 'version 41' },
  why: 'worker-4: mesos-agent was not ready within 120 s; it runs by version 40 again',
  past: [
    ...[2, 3, 1].map((i, step) => ({
      kind: 'done' as const,
      step: step + 1,
      id: `${i}`,
      name: `controller-${i}`,
    })),
    { kind: 'failed', reason: 'mesos-agent was not ready within 120 s', step: 4, id: '7', name: 'worker-4' },
  ],
}

const status: Status = {
  cluster: {
    ...{
      name: 'production',
      id: '5384e044',
      simulated: false,
      key: 'keyed',
      rollout,
      document: { version: 41 },
    },
    zookeeper: { url: 'zk://10.0.0.1,10.0.0.2,10.0.0.3/mesos', managed: true, session: 'connected' },
  },
  machines: [
    {
      ...{ name: 'controller-1', address: '10.0.0.1', roles: ['controller', 'worker'], mode: 'joined' },
      ...{ version: '0.1.0', pid: 911, api: '10.0.0.1:7947', gossip: '10.0.0.1:7946', held: [] },
      leads: ['mesos-master', 'marathon'],
      services: [
        service('zookeeper', 2181),
        service('mesos-master', 5050),
        service('mesos-agent', 5051),
        service('marathon', 8080, {
          state: 'failed',
          reason: 'it ended with 137 three times within 40 s',
          restarts: 3,
        }),
      ],
      dns: {
        ...{ state: 'ready', address: '0.0.0.0:53', domain: 'mesos', records: 1834, stale: false },
        ...{
          loadedAt: now - 1400,
          leader: '10.0.0.1:5050',
          host: { kind: 'active', through: 'systemd-resolved' },
        },
      },
    },
  ],
  problems: [
    known.serviceFailed('marathon', { reason: 'it ended with 137 three times within 40 s' }),
    known.rolloutHalted('version 41', 'worker-4: mesos-agent was not ready within 120 s', 40),
  ],
  ready: false,
}

const others = members.slice(1).map(({ name, address, status: state }, i): OtherMachine => {
  const runs = [...(i < 2 ? ['zookeeper', 'mesos-master', 'marathon'] : []), 'mesos-agent', 'docker']
  const services = runs.map((each) => ({ name: each, state: 'ready', address: `${address}:5051` }))
  const problems =
    i === 9
      ? [
          known.diskFull(
            { folder: '/var/lib/meshbox', left: '412 MB of 40960 MB', biggest: 'du -x /' },
            { mb: 0, enough: false },
          ),
        ]
      : []
  return {
    ...{ name, address, roles: i < 2 ? ['controller', 'worker'] : ['worker'], state, version: '0.1.0' },
    document: i > 12 ? 40 : 41,
    ...(state === 'alive' ? { said: { ready: true, services, dns: 'ready', problems } } : {}),
  }
})
const well = ({ state, said }: OtherMachine) => (state === 'alive' && said?.problems.length === 0 ? 1 : 0)

const { app } = pretend({
  ...{ name: 'controller-1', now: Date.now, status: () => status },
  others: async () => others.toSorted((a, b) => well(a) - well(b)),
  events: { follow: () => new ReadableStream({ start: (out) => out.enqueue(Buffer.from(':\n\n')) }) },
  rolling: () => ({
    report: async () => ({
      rollout,
      coming: [
        ['worker-5', 'worker-6'],
        ['worker-7', 'worker-8'],
      ],
      unseen: [],
    }),
    steer: async () => rollout,
  }),
  neighbours: { members: () => members, onEvent: () => () => {}, forget() {}, keys: () => undefined },
})
const server = Bun.serve({
  ...{ hostname: '127.0.0.1', port: 0, idleTimeout: 0 },
  fetch: (request) => app.fetch(request, { caller: { kind: 'loopback' } }),
})
const browser = await openBrowser()
mkdirSync(folder, { recursive: true })

const pictures = [
  { name: 'overview', path: '/', colorScheme: 'light', width: 1200, height: 780 },
  { name: 'rollout', path: '/rollout', colorScheme: 'dark', width: 1200, height: 520 },
  { name: 'telephone', path: '/', colorScheme: 'dark', width: 360, height: 780 },
] as const
for (const { name, path, colorScheme, width, height } of pictures) {
  const { page, close } = await openPage(browser, `http://127.0.0.1:${server.port}`, {
    ...{ colorScheme, viewport: { width, height } },
  })
  await page.goto(path)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await close()
}
await browser.close()
await server.stop(true)
