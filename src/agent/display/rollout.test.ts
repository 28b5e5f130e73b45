import { expect, test } from 'bun:test'
import { abort, begin, finish, grant, halt, speak } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { statusOf } from '../rollout/status.ts'
import { rolloutText } from './rollout.ts'

const change = (version: number) => ({ kind: 'document' as const, version, digest: `d${version}` })
const proven = finish(begin(undefined, change(5)))
const open = grant(begin(proven, change(8)), [{ id: 'id-b', name: 'b' }])
const why = 'b has not said within 10 s that it is done'

function textOf(rollout: Rollout, waits?: string, coming: string[][] = []): string[] {
  const screen = { live: false, width: 200, paint: (_: string, text: string) => text } as never
  return rolloutText({ rollout: statusOf(rollout, waits), coming, unseen: [] }, screen).split('\n')
}

test('what has halted tells the ways on: the version that mends it, where one does, and whose word is waited for', () => {
  expect(textOf(halt(open, why)).slice(0, 4)).toEqual([
    'version 8 of the document: halted',
    `halted: ${why}`,
    '  `meshbox rollout resume` tries again, `meshbox config rollback 5` goes back',
    '  if b is turned off: `meshbox rollout resume --without b` goes on without it',
  ])
  const late = halt(speak({ ...open, change: change(5) }, 1, 'id-b', { kind: 'failed' }) ?? open, why)
  expect(textOf(late)[2]).toBe('  `meshbox rollout resume` tries again')
})

test('what was aborted and waits for a word all the same says so, and how it ends without', () => {
  const aborted = abort(open)
  expect(textOf(aborted, 'the word of b').slice(0, 2)).toEqual([
    'version 8 of the document: aborted',
    'waits for: the word of b',
  ])
  expect(textOf({ ...aborted, why }).slice(1, 3)).toEqual([
    `aborted: ${why}`,
    '  if b is turned off: `meshbox rollout resume --without b` goes on without it',
  ])
})

test('what was aborted before all had changed says how it goes on, and back', () => {
  const ended = speak(abort(open), 1, 'id-b', { kind: 'done' }) ?? open
  expect(textOf(ended)[1]).toStartWith('MACHINE')
  expect(textOf(ended, undefined, [['c']])[1]).toBe(
    '  `meshbox rollout resume` goes on, `meshbox config rollback 5` takes back what has changed',
  )
})

test('of one that nobody can read it is not said that there was none', () => {
  const screen = { live: false, width: 200, paint: (_: string, text: string) => text } as never
  const problem = 'cannot read the rollout: it is not one that meshbox wrote'
  expect(rolloutText({ coming: [], unseen: [], problem }, screen).split('\n')).toEqual([
    'nobody knows whether there is a rollout',
    `unreadable: ${problem}; \`meshbox status\` tells what to do`,
  ])
})
