import { describe, expect, test } from 'bun:test'
import type { Progress, Seat } from './change.ts'
import { done, nextStep, stepsOf } from './next.ts'
import { comeBack, goBack } from './setbacks.ts'

const seat = (id: number, votes: boolean, list: number[]): Seat => ({
  node: `n${id}`,
  name: 'abcdefg'[id - 1] ?? '?',
  server: { id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
  zookeeper: votes ? 'votes' : 'none',
  master: votes ? 'runs' : 'none',
  list,
})

function change(former: number[], wanted: number[], gone: number[] = []): Progress {
  const seats = [...new Set([...former, ...wanted])].map((id): Seat => {
    const had = former.includes(id)
    const made = seat(id, had, had ? former : [])
    return gone.includes(id) ? { ...made, master: 'stopped', gone: true } : made
  })
  return { verb: 'add', seats, former, wanted, proven: false }
}

const registry = { weights: '[]', quotas: '', maintenance: '', agents: [], unreachable: 0 }

const words = (progress: Progress, leader?: string) =>
  stepsOf(progress, leader).map(({ name, task }) => `${name} ${task}`)

describe('the order of a change', () => {
  test('1 → 3: the only master stops, comes back with the second replica, and the third learns', () => {
    expect(words(change([1], [1, 2, 3]), 'n1')).toEqual([
      ...['b zookeeper', 'c zookeeper', 'a reconfigure', 'a note', 'a stop'],
      ...['a follow', 'b begin', 'c follow'],
    ])
  })

  test('3 → 5: the quorum rises on those that have the log, the leader last, before others come', () => {
    expect(words(change([1, 2, 3], [1, 2, 3, 4, 5]), 'n2')).toEqual([
      ...['d zookeeper', 'e zookeeper', 'a reconfigure', 'b note'],
      ...['a follow', 'c follow', 'b follow', 'd follow', 'e follow'],
    ])
  })

  test('5 → 3: who leaves stops, what stays is proven to have all, then the quorum is lowered, the leader last', () => {
    expect(words(change([1, 2, 3, 4, 5], [1, 2, 3]), 'n4')).toEqual([
      ...['a note', 'e stop', 'd stop', 'a prove'],
      ...['a follow', 'b follow', 'c follow', 'a reconfigure', 'd retire', 'e retire'],
    ])
  })

  test('an ensemble that was adopted is started anew first, server by server; on the way back it is not', () => {
    const progress = change([1, 2, 3], [1, 2, 3, 4, 5])
    const seats = progress.seats.map((each) => (each.server.id > 3 ? each : { ...each, found: true }))
    const adopted = { ...progress, seats: seats.toReversed() }
    expect(words(adopted, 'n2').slice(0, 4)).toEqual(['a renew', 'b renew', 'c renew', 'e zookeeper'])
    expect(words({ ...adopted, former: adopted.wanted, wanted: adopted.former, back: 'why' }, 'n2')).toEqual(
      [],
    )
  })

  test('3 → 1: the last one that leaves stops only when the one that stays is proven to have all', () => {
    expect(words(change([1, 2, 3], [1]), 'n1')).toEqual([
      ...['a note', 'b stop', 'a prove', 'c stop', 'a follow', 'a reconfigure', 'b retire', 'c retire'],
    ])
  })

  test('one in the place of another: never a fourth replica', () => {
    expect(words(change([1, 2, 3], [1, 2, 4]), 'n1')).toEqual([
      ...['d zookeeper', 'a reconfigure', 'a note', 'c stop', 'd follow', 'b follow', 'a follow', 'c retire'],
    ])
  })

  test('one in the place of another that is gone: nobody waits for it', () => {
    expect(words(change([1, 2, 3], [1, 2, 4], [3]), 'n1')).toEqual([
      ...['d zookeeper', 'a reconfigure', 'a note', 'd follow', 'b follow', 'a follow'],
    ])
  })

  const lost = (progress: Progress, id: number) =>
    comeBack(progress, id, { node: `n${id}x`, name: 'abcdefg'[id - 1] ?? '?', serves: true })

  /** After so many steps. */
  function after(progress: Progress, steps: number): Progress {
    let now = { ...progress, registry }
    for (let at = 0; at < steps; at++) {
      const step = nextStep(now, 'n1')
      if (step) now = { ...now, ...done(now, step), registry }
    }
    return now
  }

  test('one that has lost its disk learns first from the others, by the quorum that they have', () => {
    const growing = lost(after(change([1, 2, 3], [1, 2, 3, 4, 5]), 3), 1)
    expect(words(growing, 'n2')).toEqual([
      'a relearn',
      ...['a follow', 'c follow', 'b follow', 'd follow', 'e follow'],
    ])
    const replacing = lost(after(change([1, 2, 3], [1, 2, 4]), 2), 1)
    expect(words(replacing, 'n2').slice(0, 2)).toEqual(['a follow', 'c stop'])
  })

  test('where too few are left to learn from, one that was stopped already is called back', () => {
    const replacing = lost(after(change([1, 2, 3], [1, 2, 4]), 3), 1)
    expect(words(replacing, 'n2').slice(0, 3)).toEqual(['c relearn', 'a follow', 'c stop'])
    const shrinking = lost(after(change([1, 2, 3, 4, 5], [1, 2, 3]), 2), 1)
    expect(words(shrinking, 'n2').slice(0, 4)).toEqual(['e relearn', 'a relearn', 'e stop', 'b prove'])
  })

  test('the registry is written down only where one could lead', () => {
    const { registry: _, ...shrinking } = after(change([1, 2, 3, 4, 5], [1, 2, 3]), 3)
    const back = goBack(lost(shrinking, 1), 'why')
    expect(words(back, 'n2').slice(0, 3)).toEqual(['d follow', 'a follow', 'b note'])
  })

  test('a new one that has lost its disk before it voted begins anew', () => {
    const growing = comeBack(after(change([1], [1, 2, 3]), 2), 3, { node: 'n3x', name: 'c', serves: false })
    expect(words(growing, 'n1')[0]).toBe('c zookeeper')
    expect(stepsOf(growing, 'n1')[0]?.node).toBe('n3x')
  })

  test('one that was to leave and has lost its disk gets its data again before it stays', () => {
    const own = { node: 'n4x', name: 'd', serves: false }
    const shrinking = comeBack(after(change([1, 2, 3, 4, 5], [1, 2, 3]), 1), 4, own)
    // To leave it needs nothing but to be taken out of the list.
    expect(words(shrinking, 'n1').slice(-3)).toEqual(['a reconfigure', 'd retire', 'e retire'])
    expect(words(goBack(shrinking, 'why'), 'n1')).toEqual(['d zookeeper', 'a reconfigure', 'd follow'])
  })

  test('one in the place of another that is taken back: who was away comes when the others have all', () => {
    const back = goBack(after(change([1, 2, 3], [1, 2, 4]), 5), 'why')
    expect(words(back, 'n1')).toEqual([
      ...['a reconfigure', 'd stop', 'a prove', 'c follow', 'b follow', 'd retire'],
    ])
  })

  test('a change that goes back from where it is undoes what was done, and no more', () => {
    let now = change([1], [1, 2, 3])
    const back = () => words({ ...now, former: now.wanted, wanted: now.former }, 'n1')
    const seen: string[][] = []
    for (let step = nextStep(now, 'n1'); step; step = nextStep(now, 'n1')) {
      seen.push(back())
      now = done(step.task === 'note' ? { ...now, registry } : now, step)
    }
    const [nothing, b, both, voting, noted, stopped, alone] = seen
    expect(nothing).toEqual([])
    expect(b).toEqual(['b retire'])
    expect(both).toEqual(['b retire', 'c retire'])
    expect(voting).toEqual(['a reconfigure', 'b retire', 'c retire'])
    expect(noted).toEqual(voting)
    expect(stopped).toEqual(['a reconfigure', 'a follow', 'b retire', 'c retire'])
    expect(alone).toEqual(['a follow', 'a reconfigure', 'b retire', 'c retire'])
    expect(back()).toEqual(words({ ...change([1, 2, 3], [1]), registry }, 'n1'))
  })
})
