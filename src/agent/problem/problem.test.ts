import { expect, test } from 'bun:test'
import { parseCommandLine } from '../cli/parse.ts'
import { commands } from '../cli/table.ts'
import type { ClusterStatus } from '../status.ts'
import { otherProblems } from './here.ts'
import { known } from './known.ts'
import { commandText, type Problem, problemSchema } from './problem.ts'

/** One of each. */
const examples: Record<keyof typeof known, Problem> = {
  noMajority: known.noMajority(['m2', 'm3'], 'm2'),
  recovering: known.recovering('ZooKeeper', 'b'),
  promiseForgotten: known.promiseForgotten('b', 'a'),
  leftOut: known.leftOut('b'),
  zooKeeperAway: known.zooKeeperAway('zk://a/mesos'),
  zooKeeperStopped: known.zooKeeperStopped('zk://a/mesos'),
  wrongUrl: known.wrongUrl('zk://a/mesos', undefined),
  wrongKey: known.wrongKey('why', 'zk://a/mesos'),
  keyForOpen: known.keyForOpen('why', 'zk://a/mesos'),
  refused: known.refused('why'),
  rival: known.rival('b (10.0.0.2)'),
  planFailed: known.planFailed('why'),
  rolloutUnreadable: known.rolloutUnreadable('why'),
  documentRefused: known.documentRefused(7, 'why'),
  rolloutHalted: known.rolloutHalted('version 8', 'why', 7, 'w'),
  rolloutAborted: known.rolloutAborted('version 8', 7),
  rolloutOpen: known.rolloutOpen('version 8', 'why', 'w'),
  serviceFailed: known.serviceFailed('marathon', { reason: 'why' }),
  serviceFalls: known.serviceFalls('marathon', { reason: 'why' }),
  serviceMissing: known.serviceMissing('marathon', 'why'),
  packageFailed: known.packageFailed('marathon', 'why'),
  portTaken: known.portTaken(
    { port: 8080, what: 'marathon', setting: 'marathon.http_port' },
    { name: 'nc', pid: 7, ends: 'kill 7' },
  ),
  diskFull: known.diskFull(
    { folder: '/x', left: '1 MB of 9 MB', biggest: 'du -x /' },
    { mb: 3, enough: false },
  ),
  diskLow: known.diskLow(
    { folder: '/x', left: '1 MB of 9 MB', biggest: 'du -x /' },
    { mb: 0, enough: false },
  ),
  clockOff: known.clockOff({ seconds: 5, than: ['b'] }, { command: 'chronyc makestep', note: '`date -s 5`' }),
  agentFalls: known.agentFalls({ times: 3, minutes: 1 }, { why: 'why', command: 'meshbox logs meshbox' }),
  noGossip: known.noGossip('why'),
  dnsFailed: known.dnsFailed('why'),
  dnsStale: known.dnsStale({ why: 'why', command: 'meshbox doctor', machine: 'b' }),
  lookUpsElsewhere: known.lookUpsElsewhere('why'),
  waits: known.waits('10.0.0.2 is not reached', 'zk://a/mesos'),
  silent: known.silent('b', true),
  unseen: known.unseen('b'),
  withoutZooKeeper: known.withoutZooKeeper('b'),
}

test.each(Object.entries(examples))(
  '%s has what it is, its cause, and a command that there is',
  (_, problem) => {
    expect(problemSchema.parse(problem)).toEqual(problem)
    expect(problem.why).not.toBe('')
    const named = [
      problem.command,
      ...[...problem.why.matchAll(/`([^`]+)`/g)].map(([, command = '']) => command),
    ]
    for (const command of named.flatMap((each) => each.split(' && '))) {
      const [program, ...argv] = command.split(' ')
      if (program === 'meshbox') expect(parseCommandLine(argv, commands).kind).toBe('run')
      else expect(['kill', 'du', 'chronyc', 'date']).toContain(program ?? '')
    }
  },
)

/** What a command is shown by: this machine, and b. */
const seen = (key: 'keyed' | 'open', here?: string, there?: string) =>
  ({
    cluster: { key },
    machines: [{ name: 'a', ...(here ? { dataDir: here } : {}) }],
    others: [{ name: 'b', said: there ? { dataDir: there } : {} }],
  }) as ClusterStatus

test('a command for another machine is asked of it from here where that can be, and typed there else', () => {
  const failing = { ...known.serviceFailed('marathon', { reason: 'w' }), machine: 'b' }
  expect(commandText(failing, seen('keyed'))).toBe('meshbox logs marathon --node b')
  expect(commandText(failing, seen('open'))).toBe('meshbox logs marathon, on b')
  const holder = { name: 'nc', pid: 7, ends: 'meshbox service stop marathon --data-dir /x' }
  const taken = known.portTaken({ port: 8080, what: 'marathon', setting: 'x' }, holder)
  expect(commandText({ ...taken, machine: 'b' }, seen('keyed'))).toBe(`${taken.command}, on b`)
  expect(commandText(known.silent('b', false), seen('keyed'))).toBe('meshbox doctor --fix, on b')
  expect(commandText(known.planFailed('w'), seen('keyed'))).toBe('meshbox plan')
})

test('a command finds the agent of the machine where it is typed', () => {
  const keyed = seen('keyed', '/a', '/b')
  expect(commandText(known.planFailed('w'), keyed)).toBe('meshbox plan --data-dir /a')
  expect(commandText(known.silent('b', false), keyed)).toBe('meshbox doctor --fix --data-dir /b, on b')
  expect(commandText(known.planFailed('w'), keyed, true)).toBe('meshbox plan --data-dir /a, on a')
  const failing = { ...known.serviceFailed('marathon', { reason: 'w' }), machine: 'b' }
  expect(commandText(failing, keyed, true)).toBe('meshbox logs marathon --data-dir /b, on b')
  const told = { ...failing, command: `${failing.command} --data-dir /b` }
  for (const problem of [failing, told]) {
    expect(commandText(problem, keyed)).toBe('meshbox logs marathon --node b --data-dir /a')
    expect(commandText(problem, seen('open', '/a', '/b'))).toBe('meshbox logs marathon --data-dir /b, on b')
    expect(commandText(problem, seen('keyed', undefined, '/b'))).toBe('meshbox logs marathon --node b')
  }
})

test.each([
  [['zookeeper', 'mesos-master'], {}, 'ZooKeeper is kept from running here', 'controllers recover --from b'],
  [['mesos-master'], {}, 'mesos-master is kept from running here', 'controllers recover --from b'],
  [
    ['zookeeper', 'mesos-master'],
    { forgotten: true },
    'ZooKeeper is kept from running here',
    'controllers recover --from a',
  ],
  [['zookeeper', 'mesos-master'], { leftOut: true }, 'ZooKeeper is kept from running here', 'doctor'],
] as const)(
  'a recovery of the controllers that keeps %p from running is told as it is: %p',
  (programs, how, what, command) => {
    const none = { rival: undefined, plan: undefined, rollouts: undefined }
    const recovery = { programs: [...programs], from: 'b', forgotten: false, leftOut: false, ...how }
    expect(otherProblems({ ...none, recovery, own: 'a' })).toEqual([
      expect.objectContaining({ what, command: `meshbox ${command}` }),
    ])
  },
)
