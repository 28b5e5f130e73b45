import { expect, test } from 'bun:test'
import { isEnd, wayOn } from './end.ts'
import { abort, begin, finish, grant, halt, pause } from './moves.ts'
import type { Rollout } from './rollout.ts'
import { type RolloutReport, statusOf } from './status.ts'

const running = begin(undefined, { kind: 'document', version: 5, digest: 'x' })
const open = grant(running, [{ id: 'id-a', name: 'a' }])
const report = (rollout: Rollout, more: Partial<RolloutReport> = {}): RolloutReport => ({
  ...{ rollout: statusOf(rollout, undefined), document: 5, coming: [], unseen: [] },
  ...more,
})

test('nothing more happens to a document that is done, has halted or was aborted, and to no other', () => {
  const older = { document: 6, older: true as const }
  for (const over of [finish(running), halt(running, 'x'), abort(running)])
    expect(isEnd(report(over))).toBe(true)
  for (const goes of [running, open, abort(open)]) expect(isEnd(report(goes))).toBe(false)
  // Whatever comes after one that was aborted, or has halted, begins anew.
  for (const over of [halt(running, 'x'), abort(running)]) expect(isEnd(report(over, older))).toBe(false)
  // Nothing of the newer one concerns a program.
  expect(isEnd(report(finish(running), older))).toBe(true)
  expect(isEnd(report(halt(open, 'a has not said'), older))).toBe(true)
  for (const more of [{ unseen: ['a'] }, { coming: [['a']] }, { away: true as const }])
    expect(isEnd(report(finish(running), more))).toBe(false)
})

test('after a change of controllers that was taken back the document goes on', () => {
  const back = abort(begin(undefined, { kind: 'controllers', id: 'x', text: 'the controllers become a, b' }))
  expect(isEnd(report(back))).toBe(true)
  expect(isEnd(report(back, { coming: [['a']] }))).toBe(false)
})

test('what is paused does not go on by itself', () => {
  expect(wayOn(report(running))).toContain('it goes on by itself')
  expect(wayOn(report(pause(open)))).toContain('it goes on by itself')
  expect(wayOn(report(pause(running)))).toBe('it is paused: `meshbox rollout resume` goes on with it')
})
