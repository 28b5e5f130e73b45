import { expect, test } from 'bun:test'
import { abort, begin, finish, grant, halt } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { statusOf } from '../rollout/status.ts'
import { problemsHere } from './here.ts'

const change = (version: number) => ({ kind: 'document' as const, version, digest: `d${version}` })
const open = grant(begin(finish(begin(undefined, change(5))), change(8)), [{ id: 'id-b', name: 'b' }])

function commandFor(rollout: Rollout): string | undefined {
  const { hard, soft } = problemsHere({
    ...{ refused: undefined, lost: undefined, away: false, met: true, url: 'zk://a/mesos', others: [] },
    ...{ neighbour: undefined, document: { version: 8 }, services: [], held: [], packages: [] },
    dns: { state: 'ready', host: { kind: 'active', through: 'resolv.conf' } },
    rollout: statusOf(rollout, undefined),
    staleDns: () => undefined,
  })
  expect(hard).toEqual([])
  return soft[0]?.command
}

test('a rollout that does not go on by itself is a problem, with the command that it waits for', () => {
  expect(commandFor(open)).toBeUndefined()
  expect(commandFor(halt(open, 'late'))).toBe('meshbox config rollback 5')
  // Before it is late, its machine may give its word.
  expect(commandFor(abort(open))).toBeUndefined()
  expect(commandFor({ ...abort(open), why: 'late' })).toBe('meshbox rollout resume --without b')
})
