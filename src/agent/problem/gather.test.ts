import { expect, test } from 'bun:test'
import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus } from '../status.ts'
import { gatherProblems } from './gather.ts'
import { known } from './known.ts'
import type { Problem } from './problem.ts'

const other = (name: string, problems: Problem[], state: OtherMachine['state'] = 'alive'): OtherMachine => ({
  ...{ name, address: '10.0.0.2', roles: ['worker'], state },
  said: { ready: true, services: [], dns: 'ready', problems },
})
const cluster = (problems: Problem[], others: OtherMachine[]) =>
  ({
    machines: [{ name: 'a' }],
    cluster: { zookeeper: { managed: false } },
    problems,
    others,
  }) as unknown as ClusterStatus

const halted = known.rolloutHalted('version 2', 'w failed', 1)
const fails = known.serviceFailed('marathon', { reason: '137' })
const shown = (status: ClusterStatus) => gatherProblems(status).map(({ what, machines }) => [what, machines])

test('what every machine tells is told once, and is nobody in particular', () => {
  expect(
    shown(cluster([halted], [other('b', [halted]), other('c', [halted]), other('d', [], 'failed')])),
  ).toEqual([
    [halted.what, []],
    ['d does not answer', []],
  ])
})

test('what several have is told once with their names, the worst first', () => {
  const low: Problem = { severity: 'warning', what: 'x', why: 'y', command: 'z' }
  expect(shown(cluster([low], [other('b', [fails]), other('c', [fails]), other('d', [])]))).toEqual([
    [fails.what, ['b', 'c']],
    [low.what, ['a']],
  ])
})

test('the command is the one for here, where this machine has it too', () => {
  const both = cluster([fails], [other('b', [fails]), other('c', [])])
  expect(gatherProblems(both)[0]).toMatchObject({ machines: ['a', 'b'], command: 'meshbox logs marathon' })
  expect(gatherProblems(both)[0]?.machine).toBeUndefined()
  expect(gatherProblems(cluster([], [other('b', [fails])]))[0]).toMatchObject({
    machines: ['b'],
    machine: 'b',
  })
})
