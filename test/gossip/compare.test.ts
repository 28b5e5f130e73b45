import { describe, expect, test } from 'bun:test'
import { createSwim } from '../../src/agent/gossip/swim/swim.ts'
import { fullInterval, pushPullInterval, timings } from '../../src/agent/gossip/swim/timing.ts'
import { createSchedule } from './schedule.ts'

const timing = timings.lan
const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5)

/** A member that knows so many others, who answer so when they are asked to compare. */
function among(others: number, answer: () => boolean | undefined) {
  const { now, after, run } = createSchedule()
  const asked: string[] = []
  const swim = createSwim({
    ...{ name: 'me', address: { host: '10.0.0.1', port: 7946 }, meta: vsn, timing },
    clock: { now, monotonic: now, after, sleep: () => Promise.reject(new Error('nothing sleeps here')) },
    random: () => 0.5,
    network: {
      room: () => 1390,
      packet(_, messages) {
        for (const message of messages)
          if (message.kind === 'ping')
            after(1, () =>
              swim.receive({ kind: 'ack', SeqNo: message.SeqNo, Payload: vsn }, { host: '', port: 0 }),
            )
      },
      compare(_, digest, done) {
        expect(digest).toBe(swim.digest())
        asked.push('compare')
        done(answer())
      },
      exchange(_, state, done) {
        asked.push('exchange')
        done({ ...state, members: [] })
      },
      ping: (_, __, ___, done) => done(true),
    },
    above: {
      ...{ joined() {}, updated() {}, gone() {}, conflict() {}, message() {}, merge() {} },
      ...{ state: () => new Uint8Array(0), sum: () => 7 },
    },
    log: () => {},
  })
  const alive = (Node: string, Incarnation: number, Port = 7946) =>
    swim.receive(
      { kind: 'alive', Node, Addr: '10.0.0.2', Port, Incarnation, Meta: vsn, Vsn: vsn },
      { host: '10.0.0.2', port: 7946 },
    )
  for (let i = 1; i <= others; i++) alive(`m${i}`, 1, i)
  const interval = pushPullInterval(timing, swim.known())
  // From the first exchange on it is counted when the next one of everything is due.
  run(timing.pushPullMs)
  return { swim, alive, asked, turns: (times: number) => run(times * interval) }
}

describe('in its turn a member', () => {
  test('exchanges everything at first, then compares with one that agrees, until all is due again', () => {
    const { asked, turns } = among(200, () => true)
    turns(4)
    expect(fullInterval(timing, 201)).toBeWithin(
      pushPullInterval(timing, 201),
      2 * pushPullInterval(timing, 201),
    )
    expect(asked).toEqual(['exchange', 'compare', 'exchange', 'compare', 'exchange'])
  })

  test('exchanges everything with one that does not', () => {
    const { asked, turns } = among(200, () => false)
    turns(2)
    expect(asked).toEqual(['exchange', 'compare', 'exchange', 'compare', 'exchange'])
  })

  test('asks one that knows no digests no second time', () => {
    const { asked, turns } = among(200, () => undefined)
    turns(3)
    expect(asked).toEqual(['exchange', 'compare', 'exchange', 'exchange', 'exchange'])
  })
})

describe('a digest', () => {
  test('is the same for the same members, and changes with what is told of one', () => {
    const [a, b] = [among(3, () => true), among(3, () => true)]
    expect(a.swim.digest()).toBe(b.swim.digest())
    a.alive('m1', 2, 1)
    expect(a.swim.digest()).not.toBe(b.swim.digest())
    b.alive('m1', 2, 1)
    expect(a.swim.digest()).toBe(b.swim.digest())
  })

  test('does not tell the dead, whom each forgets in its own time', () => {
    const [a, b] = [among(3, () => true), among(2, () => true)]
    expect(a.swim.digest()).not.toBe(b.swim.digest())
    a.swim.receive({ kind: 'dead', Incarnation: 1, Node: 'm3', From: 'x' }, { host: '', port: 0 })
    expect(a.swim.digest()).toBe(b.swim.digest())
  })
})
