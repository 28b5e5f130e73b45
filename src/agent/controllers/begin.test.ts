import { describe, expect, test } from 'bun:test'
import type { Member } from '../gossip/gossip.ts'
import { type BeginFacts, planChange, type Wish } from './begin.ts'

const id = '00000000-0000-4000-8000-000000000000'
const ports = { clientPort: 2181, quorumPort: 2888, electionPort: 3888 }
const member = (at: number, status: Member['status'] = 'alive', cluster = id): Member => ({
  ...{ name: `m${at}`, address: `10.0.0.${at}`, port: 7946, status, incarnation: 1 },
  tags: { cluster, node: `n${at}` },
})

function facts(controllers: number[], members: Member[], more: Partial<BeginFacts> = {}): BeginFacts {
  const servers = controllers.map((at) => ({ id: at, host: `10.0.0.${at}`, ...ports }))
  return {
    cluster: { id, simulated: false, bornAt: '2026-01-01T00:00:00.000Z', servers },
    members,
    portsOf: () => ports,
    set: { quorum: false, autoInitialize: false },
    ...more,
  }
}

const all = [1, 2, 3, 4, 5, 6, 7, 8].map((at) => member(at))
const add = (...at: number[]): Wish => ({ verb: 'add', nodes: at.map((each) => `m${each}`) })
const remove = (gone: boolean, ...at: number[]): Wish => ({
  ...{ verb: 'remove', gone },
  nodes: at.map((each) => `m${each}`),
})
const replace = (node: string, by: number, gone = false): Wish => ({
  ...{ verb: 'replace', node, gone },
  by: `m${by}`,
})

describe('a change of controllers', () => {
  test('gives new servers ids that none has ever had', () => {
    expect(planChange(add(2, 3), facts([1], all)).wanted).toEqual([1, 2, 3])
    const { cluster } = facts([1, 2, 8], all)
    const known = cluster && { ...cluster, nextId: 40 }
    const replaced = planChange(replace('m2', 5), facts([], all, { cluster: known }))
    expect(replaced.wanted).toEqual([1, 8, 40])
  })

  test('keeps their number odd, and moves two at most', () => {
    expect(() => planChange(add(2), facts([1], all))).toThrow(
      '2 controllers survive the loss of no more than 1',
    )
    expect(() => planChange(remove(false, 1), facts([1, 2, 3], all))).toThrow('2 controllers survive')
    expect(() => planChange(add(2, 3, 4, 5), facts([1], all))).toThrow('too much for one step')
    expect(() => planChange(remove(false, 1), facts([1], all))).toThrow('no controller would stay')
    expect(() => planChange(replace('m1', 2), facts([1], all))).toThrow('no controller would stay')
  })

  test('leads from an even number to an odd one, or replaces one of them', () => {
    expect(planChange(add(5), facts([1, 2, 3, 4], all)).wanted).toEqual([1, 2, 3, 4, 5])
    expect(planChange(remove(false, 4), facts([1, 2, 3, 4], all)).wanted).toEqual([1, 2, 3])
    expect(planChange(replace('m4', 5), facts([1, 2, 3, 4], all)).wanted).toEqual([1, 2, 3, 5])
    expect(() => planChange(add(5, 6), facts([1, 2, 3, 4], all))).toThrow('6 controllers survive')
    expect(() => planChange(replace('m2', 3), facts([1, 2], all))).toThrow('a majority has to stay')
  })

  test('is refused while one that stays does not answer, and says what to do', () => {
    const members = all.map((each) => (each.name === 'm2' ? member(2, 'failed') : each))
    expect(() => planChange(add(4, 5), facts([1, 2, 3], members))).toThrow(
      'm2 does not answer, and every controller',
    )
    expect(() => planChange(replace('m3', 4), facts([1, 2, 3], members))).toThrow('m2 does not answer')
    expect(planChange(replace('m2', 4, true), facts([1, 2, 3], members)).wanted).toEqual([1, 3, 4])
  })

  test('is refused with what takes out two that do not answer: each would be in the way of the other one’s', () => {
    const members = all.map((each) =>
      ['m4', 'm5'].includes(each.name) ? { ...each, status: 'failed' as const } : each,
    )
    const five = facts([1, 2, 3, 4, 5], members)
    const hint = 'bring it back, or go on without: meshbox controllers remove m4 m5 --gone'
    expect(() => planChange(replace('m4', 6, true), five)).toThrow(expect.objectContaining({ hint }))
    expect(planChange(remove(true, 4, 5), five).wanted).toEqual([1, 2, 3])
  })

  test('finds a controller that lost its disk and is back under another name, while the dead one is told of', () => {
    const back = { ...member(2), name: 'm2b', tags: { cluster: id, node: 'n2b' } }
    const members = [...all.map((each) => (each.name === 'm2' ? member(2, 'failed') : each)), back]
    const { seats } = planChange(add(4, 5), facts([1, 2, 3], members))
    expect(seats.find(({ server }) => server.id === 2)).toMatchObject({ name: 'm2b', node: 'n2b' })
  })

  test('takes one that does not answer for gone only by somebody’s word', () => {
    const members = all.filter(({ name }) => name !== 'm3')
    expect(() => planChange(replace('10.0.0.3', 4), facts([1, 2, 3], members))).toThrow(
      'its programs may still run',
    )
    const { seats } = planChange(replace('10.0.0.3', 4, true), facts([1, 2, 3], members))
    expect(seats.find(({ server }) => server.id === 3)).toMatchObject({ master: 'stopped', gone: true })
    const living = planChange(replace('m3', 4, true), facts([1, 2, 3], all))
    expect(living.seats.find(({ server }) => server.id === 3)).toMatchObject({ master: 'runs' })
  })

  test('is for machines of this cluster that are there', () => {
    expect(() => planChange(add(8, 9), facts([1], all))).toThrow('there is no machine m9')
    const strangers = [...all.slice(0, 2), member(3, 'alive', 'other')]
    expect(() => planChange(add(2, 3), facts([1], strangers))).toThrow('cannot change the controllers: m3')
    expect(() => planChange(add(1, 2), facts([1], all))).toThrow('m1 is a controller already')
    expect(() => planChange(remove(false, 7, 8), facts([1, 2, 3], all))).toThrow('m7 is no controller')
  })

  test('takes the servers of an ensemble that was adopted for such as may forbid it', () => {
    const { cluster } = facts([1], all)
    const adopted = facts([1], all, { cluster: cluster && { ...cluster, adopted: true } })
    expect(planChange(add(2, 3), adopted).seats.map(({ found }) => found)).toEqual([
      true,
      undefined,
      undefined,
    ])
  })

  test('is refused where the document or somebody else’s ZooKeeper stands in the way', () => {
    const set = (name: keyof BeginFacts['set']) => ({
      set: { quorum: false, autoInitialize: false, [name]: true },
    })
    expect(() => planChange(add(2, 3), facts([1], all, set('quorum')))).toThrow('mesos.master.quorum is set')
    expect(() => planChange(add(2, 3), facts([1], all, set('autoInitialize')))).toThrow('log_auto_initialize')
    expect(() => planChange(add(2, 3), facts([1], all, { cluster: undefined }))).toThrow(
      'is not run by meshbox',
    )
  })
})
