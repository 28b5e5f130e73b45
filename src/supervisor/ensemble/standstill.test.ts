import { describe, expect, test } from 'bun:test'
import { hangs, type Standstill, stand, type Word, wordOf } from './standstill.ts'

const answer = (mode: string, zxid: string) =>
  `Zookeeper version: 3.8.0\nLatency min/avg/max: 0/0.0/0\nReceived: 9\nOutstanding: 2550\nZxid: ${zxid}\nMode: ${mode}\nNode count: 9\n`
const leads: Word = { kind: 'serving', mode: 'leader', zxid: '0x1000001bf' }
const follows: Word = { ...leads, mode: 'follower' }
const waits: Word = { kind: 'waiting' }
const silent: Word = { kind: 'silent' }

/** Asked once a second. */
function asked(words: Word[], elsewhere = false): Standstill {
  const [last] = words
    .reduce<Standstill[]>(([before], word, second) => [stand(before, { word, elsewhere }, second * 1000)], [])
    .slice(-1)
  if (!last) throw new Error('never asked')
  return last
}
const minute = (word: Word) => Array<Word>(61).fill(word)

test("the server's own word is read from its answer", () => {
  expect(wordOf(answer('leader', '0x1000001bf'))).toEqual(leads)
  expect(wordOf('This ZooKeeper instance is not currently serving requests\n')).toEqual(waits)
  expect(wordOf('')).toEqual(silent)
  expect(wordOf(undefined)).toEqual(silent)
})

describe('of the servers of an ensemble that serves nobody', () => {
  test('the one that leads and gets nothing done hangs, and none of its followers', () => {
    expect(hangs(asked(minute(leads)), 60_000)).toBe(
      'it led and got nothing done for 60 s: no session, and no transaction after 0x1000001bf',
    )
    expect(hangs(asked(minute(follows)), 60_000)).toBeUndefined()
  })

  test('none hangs for lack of a quorum, however long', () => {
    expect(hangs(asked(Array<Word>(9999).fill(waits)), 60_000)).toBeUndefined()
  })

  test('one that answers nothing hangs', () => {
    expect(hangs(asked(minute(silent)), 60_000)).toBe('it answered nothing for 60 s')
  })
})

test('a server hangs that serves nobody while others do', () => {
  expect(hangs(asked(minute(follows), true), 60_000)).toBe('it served no session for 60 s, while others did')
  expect(hangs(asked(minute(waits), true), 60_000)).toContain('while others did')
})

describe('the time begins anew', () => {
  test('with each transaction', () => {
    const words = minute(leads).map((word, second) => ({ ...word, zxid: `0x${second >> 4}` }))
    expect(hangs(asked(words), 20_000)).toBeUndefined()
  })

  test('when it finds a leader, and when others begin to serve', () => {
    expect(hangs(asked([...minute(waits), leads]), 30_000)).toBeUndefined()
    const alone = asked(minute(waits))
    expect(stand(alone, { word: waits, elsewhere: true }, 61_000).since).toBe(61_000)
  })

  test('after a sleep of the one who asks', () => {
    expect(stand(asked(minute(silent)), { word: silent, elsewhere: false }, 90_000).since).toBe(90_000)
  })
})
