import { beforeEach, expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../../clock.ts'
import type { Peer } from '../swim/roster.ts'
import { encodeTags } from '../wire/tags.ts'
import { createLamport, type Lamport } from './lamport.ts'
import { createMembers, type Members } from './members.ts'
import { createSeen } from './seen.ts'

let [heard, refuted, leaving]: [string[], number, boolean] = [[], 0, false]
let now = 0
const clock: Clock = { ...systemClock, monotonic: () => now }
let lamport: Lamport
let members: Members

beforeEach(() => {
  ;[heard, refuted, leaving] = [[], 0, false]
  lamport = createLamport()
  members = createMembers({
    me: 'me',
    lamport,
    clock,
    changed: (change, { name }) => heard.push(`${change} ${name}`),
    refute: () => refuted++,
    leaving: () => leaving,
  })
  members.joined(peer('b'))
})

const peer = (name: string, state: Peer['state'] = 'alive'): Peer => ({
  ...{ name, host: '10.0.0.2', port: 7946, meta: encodeTags({ role: 'web' }), vsn: new Uint8Array(0) },
  ...{ incarnation: 1, state, since: 0 },
})
const leave = (Node: string, LTime: number) => members.intend({ kind: 'leave', LTime, Node, Prune: false })
const join = (Node: string, LTime: number) => members.intend({ kind: 'join', LTime, Node })
const status = (name: string) => members.get(name)?.status

test('who meant to leave has left, who did not has failed', () => {
  members.joined(peer('c'))
  expect(leave('b', 5)).toBe(true)
  members.gone(peer('b', 'dead'))
  members.gone(peer('c', 'dead'))
  expect(heard).toEqual(['joined b', 'joined c', 'left b', 'failed c'])
})

test('who says it is dead itself has left, also without a word before', () => {
  members.gone(peer('b', 'left'))
  expect(status('b')).toBe('left')
})

test('an old word is no news, a join takes back a leave', () => {
  expect([leave('b', 5), leave('b', 5), join('b', 4)]).toEqual([true, false, false])
  expect(status('b')).toBe('leaving')
  expect(join('b', 6)).toBe(true)
  expect(status('b')).toBe('alive')
})

test('a failed one of whom a leave is heard later counts as left', () => {
  members.gone(peer('b', 'dead'))
  leave('b', 9)
  expect(heard.at(-1)).toBe('left b')
  expect(members.failed()).toEqual([])
})

test('words about strangers are passed on once, and count when the stranger comes', () => {
  expect([leave('late', 5), leave('late', 5), leave('late', 4)]).toEqual([true, false, false])
  members.joined(peer('late'))
  expect(status('late')).toBe('leaving')
})

test('a leave that we did not say is denied; our own is not', () => {
  members.joined(peer('me'))
  expect(leave('me', 5)).toBe(false)
  expect(refuted).toBe(1)
  leaving = true
  expect(leave('me', 7)).toBe(true)
  expect(status('me')).toBe('leaving')
})

test('who comes back is alive, with its tags', () => {
  members.gone(peer('b', 'dead'))
  members.joined(peer('b'))
  expect(members.get('b')).toMatchObject({ status: 'alive', tags: { role: 'web' } })
})

test('the clock goes past all it hears, but not where a lie would bring it', () => {
  join('b', 41)
  expect(lamport.time()).toBe(42)
  join('b', 2 ** 52)
  expect(lamport.time()).toBe(42)
  expect(join('b', 42)).toBe(true)
})

test('the failed and the left are shown for a day', () => {
  members.joined(peer('c'))
  members.gone(peer('b', 'dead'))
  members.gone(peer('c', 'left'))
  now += 23 * 3600_000
  members.forget()
  expect([status('b'), status('c')]).toEqual(['failed', 'left'])
  now += 2 * 3600_000
  members.forget()
  expect(members.all()).toEqual([])
})

test('what was heard is known, what is too old as well, and memory is bounded', () => {
  const first = createSeen()
  expect([first(1, 'a'), first(1, 'a'), first(1, 'b')]).toEqual([true, false, true])
  for (let time = 2; time < 3000; time++) first(time, 'x')
  expect([first(1, 'c'), first(2999, 'x'), first(3000, 'x')]).toEqual([false, false, true])
  for (let i = 0; i < 100; i++) first(4000, `${i}`)
  expect(first(4000, 'one more')).toBe(false)
})
