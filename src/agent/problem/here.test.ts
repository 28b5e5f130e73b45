import { expect, test } from 'bun:test'
import { abort, begin, finish, grant, halt, speak } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { statusOf } from '../rollout/status.ts'
import { problemsHere } from './here.ts'

const change = (version: number) => ({ kind: 'document' as const, version, digest: `d${version}` })
const open = grant(begin(finish(begin(undefined, change(5))), change(8)), [{ id: 'id-b', name: 'b' }])

function problemOf(rollout: Rollout, waits: string[] = []) {
  const { hard, soft } = problemsHere({
    ...{ refused: undefined, lost: undefined, away: false, met: true, url: 'zk://a/mesos', others: [] },
    ...{ neighbour: undefined, document: { version: 8 }, services: [], held: [], packages: [] },
    dns: { state: 'ready', host: { kind: 'active', through: 'resolv.conf' } },
    ...{ rollout: statusOf(rollout, undefined), waits },
    staleDns: () => undefined,
  })
  expect(hard).toEqual([])
  return soft[0]
}

const failed = (rollout: Rollout) => speak(rollout, rollout.step, 'id-b', { kind: 'failed' }) ?? rollout

test('a rollout that has halted is a problem, with what takes it back, or with whose word is waited for', () => {
  expect(problemOf(open, ['mesos-agent'])).toBeUndefined()
  expect(problemOf(failed(open))?.command).toBe('meshbox config rollback 5')
  expect(problemOf(halt(begin(undefined, change(8)), 'b fell'))?.command).toBe('meshbox rollout resume')
  // Whatever is written, nothing begins before that word.
  expect(problemOf(halt(open, 'late'))?.command).toBe('meshbox rollout resume --without b')
  const two = grant(begin(finish(begin(undefined, change(5))), change(8)), [
    { id: 'id-b', name: 'b' },
    { id: 'id-c', name: 'c' },
  ])
  expect(problemOf(failed(two))?.command).toBe('meshbox config rollback 5')
  const controllers = begin(undefined, { kind: 'controllers', id: 'x', text: 'controllers: add b, c' })
  expect(problemOf(halt(controllers, 'b failed'))).toMatchObject({
    what: 'the change of controllers: add b, c has halted',
    why: 'b failed; `meshbox rollout resume` tries again, `meshbox controllers undo` takes it back',
    command: 'meshbox rollout resume',
  })
})

test('a rollout that was aborted is a problem while it waits for a word, or this machine has something to change', () => {
  // Before it is late, its machine may give its word.
  expect(problemOf(abort(open), ['mesos-agent'])).toBeUndefined()
  expect(problemOf({ ...abort(open), why: 'late' })?.command).toBe('meshbox rollout resume --without b')
  const ended = speak(abort(open), 1, 'id-b', { kind: 'done' }) ?? open
  expect(problemOf(ended)).toBeUndefined()
  expect(problemOf(ended, ['mesos-agent'])).toMatchObject({
    ...{ severity: 'warning', shared: true, command: 'meshbox config rollback 5' },
    what: 'the rollout of version 8 of the document was aborted, and not all machines are as it says',
  })
  expect(problemOf(abort(begin(undefined, change(8))), ['marathon'])?.command).toBe('meshbox rollout resume')
})
