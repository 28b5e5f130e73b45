import { expect, test } from 'bun:test'
import { dnsSchema } from '../../config/dns.ts'
import { readState } from '../state/read.ts'
import { buildRecords, detailsFor } from './build.ts'
import { listTasks } from './tasks.ts'

const config = dnsSchema.parse({})
const task = (id: string, name: string, more: object = {}) => ({
  ...{ id, name, slave_id: 'x-S1', state: 'TASK_RUNNING' },
  statuses: [{ state: 'TASK_RUNNING', timestamp: 1 }],
  ...more,
})
const contents = buildRecords(
  readState(
    {
      leader: 'master@10.0.0.9:5050',
      slaves: [{ id: 'x-S1', pid: 'slave(1)@10.0.0.1:5051' }],
      frameworks: [
        {
          name: 'marathon',
          tasks: [
            task('a', 'web', { resources: { ports: '[31000-31000]' } }),
            task('b', 'web', { resources: { ports: '[31001-31001]' } }),
            task('c', 'db.prod'),
          ],
        },
      ],
    },
    detailsFor(config),
  ),
  { masters: ['10.0.0.9:5050'], hosts: new Map(), ownAddresses: [], ownName: 'ns1.mesos.' },
  config,
)
const list = (match: string, from = 0, most = 10) =>
  listTasks(contents, 'mesos', { match, from, most }, async () => {})

test('each running task is listed once, by the name that is its alone, with what leads to it', async () => {
  const { total, tasks } = await list('')
  expect(total).toBe(3)
  expect(tasks.map(({ task, framework }) => `${task} of ${framework}`)).toEqual([
    'db-prod of marathon',
    'web of marathon',
    'web of marathon',
  ])
  const web = tasks.filter(({ task }) => task === 'web')
  expect(web.map(({ addresses }) => addresses)).toEqual([['10.0.0.1'], ['10.0.0.1']])
  expect(web.flatMap(({ services }) => services.map(({ port }) => port)).toSorted()).toContain(31000)
  for (const { name, services } of web) {
    expect(name).toMatch(/^web-[a-z0-9]{5}-s1\.marathon\.mesos\.$/)
    expect(services.map((service) => service.name)).toContain('_web._tcp.marathon.mesos.')
  }
})

test('those that match are listed a page at a time', async () => {
  expect(await list('nothing')).toEqual({ total: 0, tasks: [] })
  const { total, tasks } = await list('web', 1, 1)
  expect(total).toBe(2)
  expect(tasks).toHaveLength(1)
})
