import { expect, test } from 'bun:test'
import { change, document, facts, machine } from '../../../test/disorder/machines.ts'
import { isEnd, isGoodEnd, wayOn } from './end.ts'
import { abort, begin, finish, grant, halt, pause } from './moves.ts'
import type { Seen } from './order.ts'
import type { Rollout } from './rollout.ts'
import { type RolloutReport, reportOf, statusOf } from './status.ts'

const running = begin(undefined, { kind: 'document', version: 5, digest: 'x' })
const open = grant(running, [{ id: 'id-a', name: 'a' }])
const report = (rollout: Rollout, more: Partial<RolloutReport> = {}): RolloutReport => ({
  ...{ rollout: statusOf(rollout, undefined), document: 5, coming: [], unseen: [], seen: 5 },
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
  // Who is in touch gives its permit back, and the newer one begins; who is not keeps it.
  const kept = { ...older, absent: ['a'] }
  for (const goes of [halt(open, 'a has not said'), { ...abort(open), why: 'a has not said' }]) {
    expect(isEnd(report(goes, older))).toBe(false)
    expect(isEnd(report(goes, kept))).toBe(true)
  }
  expect(isEnd(report(abort(open), kept))).toBe(false)
  for (const more of [{ unseen: ['a'] }, { coming: [['a']] }, { away: true as const }])
    expect(isEnd(report(finish(running), more))).toBe(false)
})

test('what stood there first has to be seen, by those that can, whatever others write since', () => {
  const machines = [machine('a', { version: 7 }), machine('b', { version: 8 })]
  const seen = facts(machines, { document: { ...document(1), version: 9 } })
  const live = machines.map((each) => ({ ...each, digest: 'd1' }))
  const done = finish(begin(undefined, change(1)))
  const told = (all: Seen[]) => reportOf(done, undefined, { ...seen, machines: all })
  expect(told(live)).toMatchObject({ document: 9, unseen: [], seen: 7 })
  expect([7, 8].map((wanted) => isEnd(told(live), wanted))).toEqual([true, false])
  // One that cannot take it has its own problem to tell of.
  const refusing = live.map((each) => ({ ...each, refuses: each.name === 'a' }))
  expect(isEnd(told(refusing), 8)).toBe(true)
  // Of one that was removed nobody waits for anything newer.
  expect(isEnd(told(live.map((each) => ({ ...each, refuses: true }))), 9)).toBe(true)
  expect(told(machines)).toMatchObject({ unseen: ['a', 'b'] })
  // The agent has only begun, and not even it has said anything of itself.
  expect(isEnd(told([]))).toBe(false)
  expect(isEnd(told(machines))).toBe(false)
})

test('whose word is waited for is told where that machine is not in touch', () => {
  const all = facts([machine('b')])
  expect(reportOf(open, undefined, all)).toMatchObject({ older: true, absent: ['a'] })
  expect(reportOf(open, undefined, facts([machine('a')])).absent).toBeUndefined()
  expect(reportOf(open, undefined, undefined)).toMatchObject({ away: true })
  const { document: _, ...blind } = all
  const unknown = reportOf(finish(running), undefined, { ...blind, document: undefined })
  expect(isEnd(unknown)).toBe(false)
  expect(wayOn(unknown)).toContain('`meshbox status` tells why')
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

test('it ended well where it is done, or a change of controllers was taken back; of one that nobody can read nothing is known', () => {
  const controllers = begin(undefined, { kind: 'controllers', id: 'x', text: 'add b, c' })
  for (const good of [finish(running), abort(controllers)]) expect(isGoodEnd(report(good))).toBe(true)
  for (const bad of [halt(running, 'x'), abort(running), halt(controllers, 'x')])
    expect(isGoodEnd(report(bad))).toBe(false)
  expect(isGoodEnd({ coming: [], unseen: [] })).toBe(true)
  const unread = report(finish(running), { problem: 'cannot read the rollout' })
  expect(isEnd(unread)).toBe(false)
  expect(wayOn(unread)).toContain('meshbox status')
})
