import { describe, expect, test } from 'bun:test'
import { emptyRegistry, setWeights } from '../registry.ts'
import { emptyReplica, handle, initialized, latest, type Replica, recoverFrom } from './replica.ts'

const registry = setWeights(emptyRegistry, [{ role: 'a', weight: 2 }])
const voting = (more: Partial<Replica> = {}): Replica => ({ ...emptyReplica, status: 'VOTING', ...more })

describe('a replica', () => {
  test('promises to growing proposals only, and takes writes of the one promised to or a later one', () => {
    const first = handle(voting(), { type: 'promise', proposal: 3 })
    expect(first.reply.kind).toBe('replica')
    expect(handle(first.replica, { type: 'promise', proposal: 3 }).reply).toEqual({
      kind: 'refused',
      promised: 3,
    })
    const write = (proposal: number) =>
      handle(first.replica, { type: 'write', proposal, position: 1, registry })
    expect(write(2).reply).toEqual({ kind: 'refused', promised: 3 })
    expect(write(3).replica).toEqual({ status: 'VOTING', promised: 3, position: 1, accepted: 3, registry })
  })

  test('that does not vote refuses both, and shows itself', () => {
    for (const status of ['EMPTY', 'STARTING'] as const) {
      const replica = { ...emptyReplica, status }
      expect(handle(replica, { type: 'promise', proposal: 9 }).reply.kind).toBe('refused')
      expect(handle(replica, { type: 'write', proposal: 9, position: 1, registry }).reply.kind).toBe(
        'refused',
      )
      expect(handle(replica, { type: 'recover' }).reply).toEqual({ kind: 'replica', replica })
    }
  })
})

test('the latest entry is the one of the highest position, then of the highest proposal', () => {
  const old = voting({ position: 4, accepted: 9 })
  const minority = voting({ position: 5, accepted: 1 })
  const chosen = voting({ position: 5, accepted: 2 })
  expect(latest([old, minority, chosen])).toBe(chosen)
  expect(latest([chosen, minority])).toBe(chosen)
})

/** The rows of what was tried with real masters. */
describe('recovery', () => {
  const step = (own: Replica, answers: Replica[], quorum: number) =>
    recoverFrom(own, answers, quorum, true)?.status

  test('a quorum of one begins by itself, even beside one that votes', () => {
    expect(step(emptyReplica, [emptyReplica], 1)).toBe('STARTING')
    const starting: Replica = { ...emptyReplica, status: 'STARTING' }
    expect(step(starting, [starting], 1)).toBe('VOTING')
  })

  test('a quorum of two begins with three, not with two', () => {
    expect(step(emptyReplica, [emptyReplica, emptyReplica], 2)).toBeUndefined()
    expect(step(emptyReplica, [emptyReplica, emptyReplica, emptyReplica], 2)).toBe('STARTING')
    const starting: Replica = { ...emptyReplica, status: 'STARTING' }
    expect(step(starting, [starting, starting, emptyReplica], 2)).toBeUndefined()
    expect(step(starting, [starting, starting, voting()], 2)).toBe('VOTING')
  })

  test('one that votes beside two empty ones is no quorum', () => {
    expect(step(emptyReplica, [emptyReplica, voting({ position: 7 }), emptyReplica], 2)).toBeUndefined()
  })

  test('one of three emptied learns from the two others', () => {
    const answers = [
      emptyReplica,
      voting({ position: 7, accepted: 2, promised: 2, registry }),
      voting({ promised: 5 }),
    ]
    expect(recoverFrom(emptyReplica, answers, 2, true)).toEqual(
      voting({ position: 7, accepted: 2, promised: 5, registry }),
    )
  })

  test('two that were initialised make a quorum, and the third learns from them', () => {
    const first = initialized(emptyReplica) as Replica
    expect(first).toEqual(voting())
    expect(step(emptyReplica, [emptyReplica, first], 2)).toBeUndefined()
    expect(recoverFrom(emptyReplica, [emptyReplica, first, first], 2, false)?.status).toBe('VOTING')
  })

  test('only an empty one is initialised', () => {
    expect(initialized(voting({ position: 7 }))).toBeUndefined()
    expect(initialized({ ...emptyReplica, status: 'STARTING' })).toBeUndefined()
  })

  test('nothing begins without --log_auto_initialize, not even when all are there and empty', () => {
    const empty = [emptyReplica, emptyReplica, emptyReplica]
    expect(recoverFrom(emptyReplica, empty, 2, false)).toBeUndefined()
    expect(recoverFrom(emptyReplica, [emptyReplica], 1, false)).toBeUndefined()
  })
})
