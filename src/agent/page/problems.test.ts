import { expect, test } from 'bun:test'
import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus } from '../status.ts'
import { problemsOf } from './problems.ts'

const well: ClusterStatus = {
  cluster: { name: 'x', simulated: false, zookeeper: { url: '', managed: true, session: 'connected' } },
  ...{ machines: [], problems: [], ready: true, others: [] },
}
const other = (more: Partial<OtherMachine>): OtherMachine => ({
  ...{ name: 'b', address: '10.0.0.2', roles: ['worker'], state: 'alive' },
  ...more,
})
const said = { ready: true, services: [], dns: 'ready', problems: [] }

test('a well cluster has none', () => {
  expect(problemsOf({ ...well, others: [other({ said })] })).toEqual([])
})

test('each has what it is, why, and a command that somebody can type', () => {
  const problems = [
    'the rollout of version 3 has halted: b was not ready; `meshbox rollout resume` tries again',
    'ZooKeeper does not answer at zk://a/mesos',
  ]
  expect(problemsOf({ ...well, problems })).toEqual([
    {
      severity: 'failed',
      what: 'the rollout of version 3 has halted',
      why: 'b was not ready; `meshbox rollout resume` tries again',
      command: 'meshbox rollout resume',
    },
    { severity: 'failed', what: 'ZooKeeper does not answer at zk://a/mesos', command: 'meshbox members' },
  ])
})

test('those of other machines are told with their names, what is waited for last', () => {
  const others = [
    other({ state: 'failed' }),
    other({ name: 'c' }),
    other({ name: 'd', said: { ...said, problems: ['a disk fills up: /x'] } }),
  ]
  const cluster = { ...well.cluster, waiting: ['for 10.0.0.3'] }
  const found = problemsOf({ ...well, cluster, others })
  expect(found.map(({ machine, what }) => `${machine ?? ''} ${what}`)).toEqual([
    'b b does not answer',
    'c c is not in touch with ZooKeeper',
    'd a disk fills up',
    ' Waiting: for 10.0.0.3',
  ])
  expect(found[0]?.command).toBe('meshbox leave --forget b')
})
