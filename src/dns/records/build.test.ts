import { expect, test } from 'bun:test'
import { dnsSchema } from '../../config/dns.ts'
import { readState } from '../state/read.ts'
import { buildRecords } from './build.ts'
import { listRecords } from './list.ts'

const around = {
  masters: ['10.0.0.9:5050', '10.0.0.8:5050', '10.0.0.9:5051', 'm.example:5050'],
  hosts: new Map([['m.example', ['10.0.0.7']]]),
  ownAddresses: [],
  ownName: 'ns1.mesos.',
}

function recordsOf(tasks: object[], settings: object = {}): string[] {
  const config = dnsSchema.parse(settings)
  const state = readState({
    leader: 'master@10.0.0.9:5050',
    slaves: [{ id: 'x-S1', pid: 'slave(1)@10.0.0.1:5051' }],
    frameworks: [
      { name: 'f', tasks: tasks.map((task) => ({ slave_id: 'x-S1', state: 'TASK_RUNNING', ...task })) },
    ],
  })
  return listRecords(buildRecords(state, around, config).table, config).map(
    ({ name, type, data }) => `${name} ${type} ${data}`,
  )
}

test('masters are numbered in their order, each address once', () => {
  expect(recordsOf([]).filter((record) => record.startsWith('master'))).toEqual([
    'master.mesos. A 10.0.0.7',
    'master.mesos. A 10.0.0.8',
    'master.mesos. A 10.0.0.9',
    'master0.mesos. A 10.0.0.9',
    'master1.mesos. A 10.0.0.8',
    'master2.mesos. A 10.0.0.7',
  ])
})

test('a record comes once, however often its task, its addresses or its ports are told', () => {
  const ports = { ports: '[31000-31001,31001-31001]' }
  const discovery = { name: 'd', ports: { ports: [{ number: 80 }, { number: 80 }] } }
  // The third is named like the first one's canonical name.
  const tasks = [
    { id: 'a', name: 'web', resources: ports },
    { id: 'a', name: 'web', resources: ports },
    { id: 'b', name: 'web-o556e-s1', resources: ports },
    { id: 'c', name: 'c', discovery },
    { id: 'c', name: 'c', discovery },
  ]
  const records = recordsOf(tasks)
  expect(records).toEqual([...new Set(records)])
  expect(records.filter((record) => record.startsWith('_web._tcp.f.mesos.'))).toHaveLength(2)
})

test('labels are cut to fit only when that is wanted', () => {
  const tasks = [{ id: 'a', name: 'x'.repeat(63), resources: { ports: '[31000-31000]' } }]
  const longest = (records: string[]) =>
    Math.max(...records.flatMap((record) => record.split(/[. ]/)).map((label) => label.length))
  expect(longest(recordsOf(tasks))).toBe(72)
  const cut = recordsOf(tasks, { shortenLabels: true })
  expect(longest(cut)).toBe(63)
  expect(cut).toContain(
    `_${'x'.repeat(62)}._tcp.f.mesos. SRV 0 1 31000 ${'x'.repeat(54)}-o556e-s1.f.slave.mesos.`,
  )
})

test('ill tasks and private ones are left out only when that is wanted', () => {
  const status = (healthy: boolean) => [{ state: 'TASK_RUNNING', timestamp: 1, healthy }]
  const tasks = [
    { id: 'a', name: 'well', statuses: status(true) },
    { id: 'b', name: 'ill', statuses: status(false) },
    { id: 'c', name: 'hidden', discovery: { name: '', visibility: 'FRAMEWORK' } },
  ]
  const names = (settings: object) =>
    ['well', 'ill', 'hidden'].filter((name) =>
      recordsOf(tasks, settings).includes(`${name}.f.mesos. A 10.0.0.1`),
    )
  expect(names({})).toEqual(['well', 'ill', 'hidden'])
  expect(names({ healthAware: true })).toEqual(['well', 'hidden'])
  expect(names({ respectVisibility: true })).toEqual(['well', 'ill'])
})
