import { expect, test } from 'bun:test'
import { decideActions } from '../../src/agent/plan/actions.ts'
import { documentSchema } from '../../src/config/schema.ts'
import { parseZkUrl } from '../../src/config/zookeeper/url.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import type { PlanInput } from '../../src/supervisor/program/input.ts'

/** Point 10 of the charm's faults: zoo.cfg was only written when peers changed, so a changed tickTime did nothing. */
test('a changed tickTime is planned by itself, and stands in zoo.cfg', () => {
  const input = (tickTime: number): PlanInput => ({
    config: documentSchema.parse({ zookeeper: { tickTime } }),
    machine: {
      name: 'a',
      hostname: 'a',
      ip: '10.0.0.1',
      dataDir: '/data',
      logDir: '/log',
      root: true,
      systemd: false,
      cpus: 1,
      memMb: 1024,
    },
    zk: parseZkUrl('zk://10.0.0.1/mesos'),
    birth: {
      serverId: 1,
      clientPort: 2181,
      founder: false,
      servers: [{ id: 1, host: '10.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 }],
    },
    programs: { provided: { zookeeper: { provider: 'system', command: ['java'] } }, held: [] },
    mode: 'joined',
    roles: { controller: true, worker: false },
  })
  const [before, wanted] = [input(2000), input(3000)]
  const actions = decideActions(
    wanted,
    { config: before.config, services: planServices(before).services },
    false,
  )
  expect(actions).toMatchObject([
    { part: 'zookeeper', kind: 'restart', options: [{ option: 'zookeeper.tickTime', from: 2000, to: 3000 }] },
  ])
  const file = planServices(wanted).services[0]?.files.find(({ path }) => path.endsWith('/zoo.cfg'))
  expect(file?.content).toContain('tickTime=3000\n')
})
