import { expect, test } from 'bun:test'
import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus } from '../status.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'
import { problemsOf } from './whole.ts'

const well: ClusterStatus = {
  cluster: {
    name: 'x',
    simulated: false,
    zookeeper: { url: 'zk://10.0.0.1/mesos', managed: true, session: 'connected' },
  },
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

test('those of other machines are told with their names, what is waited for last', () => {
  const others = [
    other({ state: 'failed' }),
    other({ name: 'c' }),
    other({
      name: 'd',
      said: {
        ...said,
        problems: [
          known.diskFull({ folder: '/x', left: '1 MB', biggest: 'du -x /' }, { mb: 0, enough: false }),
        ],
      },
    }),
  ]
  const cluster = { ...well.cluster, waiting: ['10.0.0.3 is not reached'] }
  const found = problemsOf({ ...well, cluster, others })
  expect(found.map(({ machine, what }) => `${machine ?? ''} ${what}`)).toEqual([
    'b b does not answer',
    'c c is not in touch with ZooKeeper',
    'd the disk of /x is full',
    ' the cluster is not born yet',
  ])
})

test('a controller that does not answer is replaced, any other machine forgotten', () => {
  const told = (address: string, managed = true) => {
    const zookeeper = { ...well.cluster.zookeeper, managed }
    const others = [other({ state: 'failed', address })]
    return problemsOf({ ...well, cluster: { ...well.cluster, zookeeper }, others })[0]?.why
  }
  expect(told('10.0.0.1')).toContain('`meshbox controllers replace b NODE --gone`')
  expect(told('10.0.0.2')).toContain('`meshbox leave --forget b`')
  expect(told('10.0.0.1', false)).toContain('`meshbox leave --forget b`')
  // Its disk was lost, and it is back under another name.
  const back = other({ name: 'c', address: '10.0.0.1', said })
  const others = [other({ state: 'failed', address: '10.0.0.1' }), back]
  expect(problemsOf({ ...well, others })[0]?.why).toContain('`meshbox leave --forget b`')
})

test('what another machine has to be told on a third one stays so', () => {
  const problems = [known.noMajority(['m2'], 'm2')]
  const found = problemsOf({ ...well, others: [other({ said: { ...said, problems } })] })
  expect(found[0]?.machine).toBe('m2')
})

test('what the whole cluster has is told once, and what a machine says itself before what others miss', () => {
  const halted = known.rolloutHalted('version 8', 'why', 7)
  const taken = known.noGossip('port 7946 is taken')
  const others = [
    other({ said: { ...said, problems: [halted] } }),
    other({ name: 'c', said: { ...said, problems: [halted] } }),
    other({ name: 'd', state: 'failed', said: { ...said, problems: [taken] } }),
  ]
  const told = (problems: Problem[]) =>
    problemsOf({ ...well, problems, others }).map(({ machine = '', what }) => `${machine} ${what}`)
  expect(told([])).toEqual(['b the rollout of version 8 has halted', 'd this machine cannot gossip'])
  expect(told([halted])).toEqual([' the rollout of version 8 has halted', 'd this machine cannot gossip'])
})

test('a machine that does not see others itself tells nothing of them', () => {
  const others = [other({}), other({ name: 'c', state: 'unseen', said })]
  const zookeeper = { ...well.cluster.zookeeper, session: 'suspended' as const }
  expect(problemsOf({ ...well, cluster: { ...well.cluster, zookeeper }, others })).toEqual([])
})
