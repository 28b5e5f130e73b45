import { describe, expect, test } from 'bun:test'
import { dnsSchema } from '../../config/dns.ts'
import { readState } from '../state/read.ts'
import { packTable, unpackTable } from '../table/pack.ts'
import { buildRecords, detailsFor } from './build.ts'
import { listRecords } from './list.ts'

const around = {
  masters: ['10.0.0.9:5050', '10.0.0.8:5050', '10.0.0.9:5051', 'm.example:5050'],
  hosts: new Map([['m.example', ['10.0.0.7']]]),
  ownAddresses: [],
  ownName: 'ns1.mesos.',
}

function recordsOf(tasks: object[], settings: object = {}): string[] {
  const config = dnsSchema.parse(settings)
  const state = readState(stateOf(tasks), detailsFor(config))
  return listRecords(buildRecords(state, around, config), config).map(
    ({ name, type, data }) => `${name} ${type} ${data}`,
  )
}

function stateOf(tasks: object[]): object {
  return {
    leader: 'master@10.0.0.9:5050',
    slaves: [{ id: 'x-S1', pid: 'slave(1)@10.0.0.1:5051' }],
    frameworks: [
      { name: 'f', tasks: tasks.map((task) => ({ slave_id: 'x-S1', state: 'TASK_RUNNING', ...task })) },
    ],
  }
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

describe('labels and networks', () => {
  const ports = { resources: { ports: '[31000-31000]' } }
  const services = (settings: object, ...labels: object[]) =>
    recordsOf([{ id: 'a', name: 'web', ...ports, labels }], settings).filter((record) =>
      record.startsWith('_web._tcp.f.mesos.'),
    )

  test('give a task its weights, and a value that is no number the usual ones', () => {
    const settings = { priorityLabel: 'p', weightLabel: 'w', srvRecordDefaultWeight: 7 }
    const rest = '31000 web-o556e-s1.f.slave.mesos.'
    expect(services(settings)).toEqual([`_web._tcp.f.mesos. SRV 0 7 ${rest}`])
    expect(services(settings, { key: 'p', value: '65535' })).toEqual([
      `_web._tcp.f.mesos. SRV 65535 7 ${rest}`,
    ])
    expect(services(settings, { key: 'p', value: '1' }, { key: 'w', value: '0' })).toEqual([
      `_web._tcp.f.mesos. SRV 1 0 ${rest}`,
    ])
    for (const value of ['65536', '-1', 'x', '', '1.5'])
      expect(services(settings, { key: 'w', value })).toEqual([`_web._tcp.f.mesos. SRV 0 7 ${rest}`])
    expect(services({}, { key: 'w', value: '3' })).toEqual([`_web._tcp.f.mesos. SRV 0 1 ${rest}`])
  })

  test('weights are packed and unpacked with the records', () => {
    const config = dnsSchema.parse({ weightLabel: 'w' })
    const tasks = [{ id: 'a', name: 'web', ...ports, labels: [{ key: 'w', value: '9' }] }]
    const { table } = buildRecords(readState(stateOf(tasks), detailsFor(config)), around, config)
    expect(listRecords({ table: unpackTable(packTable(table)) }, config)).toEqual(
      listRecords({ table }, config),
    )
  })

  const networks = (...all: [string, object][]) => ({
    statuses: [
      {
        state: 'TASK_RUNNING',
        timestamp: 1,
        labels: [{ key: 'MesosContainerizer.NetworkSettings.IPAddress', value: '10.9.0.1' }],
        container_status: {
          network_infos: all.map(([ip_address, more]) => ({ ...more, ip_addresses: [{ ip_address }] })),
        },
      },
    ],
  })
  const addresses = (settings: object, task: object = {}) => {
    const one = networks(['172.17.0.2', {}], ['10.1.0.1', { name: 'blue' }], ['fd00::1', { name: 'blue' }])
    return recordsOf([{ id: 'a', name: 'web', ...one, ...task }], settings)
      .filter((record) => record.startsWith('web.f.mesos.'))
      .map((record) => record.split(' ').at(-1))
  }

  test('choose the addresses of a task', () => {
    expect(addresses({})).toEqual(['10.1.0.1', '172.17.0.2', 'fd00::1'])
    expect(addresses({ networks: ['blue'] })).toEqual(['10.1.0.1', 'fd00::1'])
    expect(addresses({ networks: ['fd00::/8', 'blue'] })).toEqual(['fd00::1'])
    expect(addresses({ networks: ['red', '172.17.0.2'] })).toEqual(['172.17.0.2'])
    // The next source is looked at, and in the end the agent.
    expect(addresses({ networks: ['10.9.0.0/16'] })).toEqual(['10.9.0.1'])
    expect(addresses({ networks: ['red'] })).toEqual(['10.0.0.1'])
    expect(addresses({ networks: ['red'], ipSources: ['netinfo'] })).toEqual([])
  })

  test('of a task choose for it alone', () => {
    const labels = [{ key: 'net', value: ' red , blue' }]
    const settings = { networks: ['172.17.0.0/16'], networkLabel: 'net' }
    expect(addresses(settings, { labels })).toEqual(['10.1.0.1', 'fd00::1'])
    expect(addresses(settings)).toEqual(['172.17.0.2'])
    expect(addresses(settings, { labels: [{ key: 'net', value: '' }] })).toEqual(['172.17.0.2'])
    expect(addresses(settings, { labels: 5 })).toEqual(['172.17.0.2'])
  })
})

test('records of the operator stand beside those of tasks, and none comes twice', () => {
  const records = [
    'web.f A 10.0.0.1',
    'web.f A 10.0.0.99',
    'web.f A 10.0.0.99',
    '_web._tcp.f SRV 3 4 31000 web-o556e-s1.f.slave',
    '_x._tcp SRV 0 0 80 www.example.',
  ]
  const tasks = [{ id: 'a', name: 'web', resources: { ports: '[31000-31001]' } }]
  const all = recordsOf(tasks, { records })
  expect(all).toEqual([...new Set(all)])
  expect(all).toContain('web.f.mesos. A 10.0.0.99')
  expect(all).toContain('_x._tcp.mesos. SRV 0 0 80 www.example.')
  expect(all.filter((record) => record.startsWith('_web._tcp.f.mesos.'))).toEqual([
    '_web._tcp.f.mesos. SRV 0 1 31001 web-o556e-s1.f.slave.mesos.',
    '_web._tcp.f.mesos. SRV 3 4 31000 web-o556e-s1.f.slave.mesos.',
  ])
})

test('a record that cannot be read is refused with the settings', () => {
  const { error } = dnsSchema.safeParse({ records: ['registry A 10.0.0.50', 'registry TXT x'] })
  expect(error?.issues.map(({ message }) => message)).toEqual([
    '"registry TXT x" is no A, AAAA or SRV record of mesos',
  ])
})
