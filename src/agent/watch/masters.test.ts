import { expect, test } from 'bun:test'
import { known } from '../problem/known.ts'
import { judgeMasters, type MasterFacts } from './masters.ts'

const facts = (states: string[], more: Partial<MasterFacts> = {}): MasterFacts => ({
  ...{ reason: 'no mesos-master leads', own: 'm1', declared: 3, zooKeeper: undefined, keyed: true },
  masters: states.map((state, at) => ({ machine: `m${at + 1}`, address: `10.0.0.${at + 1}`, state })),
  ...more,
})
const start = 'meshbox service start mesos-master'

test('masters that somebody stopped are started: one where one is enough, else all', () => {
  expect(judgeMasters(facts(['stopped', 'stopped', 'ready']))).toMatchObject({ command: start })
  expect(judgeMasters(facts(['ready', 'stopped', 'failed']))).toMatchObject({ command: start, machine: 'm2' })
  expect(judgeMasters(facts(['stopped', 'stopped', 'stopped']))).toEqual({
    why: 'no mesos-master leads; mesos-master is stopped on m1, m2, m3, and 2 of 3 have to run',
    command: `${start} --everywhere`,
  })
  expect(judgeMasters(facts(['stopped', 'stopped', 'stopped'], { own: 'm4', keyed: false }))).toEqual({
    why: expect.stringContaining('start it on each'),
    command: start,
    machine: 'm1',
  })
})

test('where masters wait for ZooKeeper, what mends that mends them', () => {
  const zooKeeper = known.noMajority(['m2', 'm3'], 'm2')
  const { command, machine, why } = judgeMasters(facts(['waiting', 'ready', 'ready'], { zooKeeper }))
  expect({ command, machine }).toEqual({ command: zooKeeper.command, machine: 'm2' })
  expect(why).toContain('ZooKeeper has no majority')
})

test('masters that do not stay up have their reasons in their logs', () => {
  const states = ['ready', 'backing-off', 'failed']
  expect(judgeMasters(facts(states))).toMatchObject({ command: 'meshbox logs mesos-master', machine: 'm2' })
})

test('a leader that is well and not reached is another case than one that is ill', () => {
  const silent = 'cannot get /master/state from 10.0.0.2:5050: no answer within 10 s'
  const well = facts(['ready', 'ready', 'ready'], { reason: silent })
  expect(judgeMasters(well)).toMatchObject({
    command: 'meshbox doctor',
    why: expect.stringContaining('m2 says'),
  })
  const ill = facts(['ready', 'degraded', 'ready'], { reason: silent })
  const restart = { command: 'meshbox service restart mesos-master', machine: 'm2' }
  expect(judgeMasters(ill)).toMatchObject(restart)
  const reason = 'cannot use the state of 10.0.0.2:5050: its registry is not recovered'
  expect(judgeMasters(facts(['ready', 'ready', 'ready'], { reason }))).toMatchObject(restart)
})

test('one that wants credentials gets them', () => {
  const reason = 'cannot get /master/state from 10.0.0.2:5050: it answered 401'
  expect(judgeMasters(facts(['ready', 'ready', 'ready'], { reason })).command).toContain(
    'dns.mesosCredentials',
  )
})

test('of what nobody knows the doctor finds more', () => {
  expect(judgeMasters(facts([])).command).toBe('meshbox doctor')
})
