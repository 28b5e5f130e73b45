import { expect, test } from 'bun:test'
import { createRoster, type Peer } from './roster.ts'

const peer = (name: string): Peer => ({
  ...{ name, host: '10.0.0.1', port: 1, meta: new Uint8Array(0), vsn: new Uint8Array(0) },
  ...{ incarnation: 1, state: 'alive', since: 0 },
})
const never = () => false
const any = () => true

function filled(count: number) {
  let chance = 0
  const roster = createRoster(() => (chance = (chance + 0.37) % 1))
  for (let i = 0; i < count; i++) roster.set(peer(`m${i}`))
  return roster
}

test('a round takes each once, the next one in another order', () => {
  const roster = filled(20)
  const round = () => Array.from({ length: 20 }, () => roster.next(any, never)?.name)
  const [one, other] = [round(), round()]
  expect(new Set(one).size).toBe(20)
  expect(new Set(other).size).toBe(20)
  expect(one).not.toEqual(other)
})

test('a round passes over those who are not wanted, and ends when nobody is', () => {
  const roster = filled(5)
  expect(roster.next(({ name }) => name === 'm3', never)?.name).toBe('m3')
  expect(roster.next(({ name }) => name === 'm3', never)?.name).toBe('m3')
  expect(roster.next(never, never)).toBeUndefined()
  expect(filled(0).next(any, never)).toBeUndefined()
})

test('the end of a round forgets', () => {
  const roster = filled(4)
  for (let i = 0; i < 4; i++) roster.next(any, never)
  roster.next(any, ({ name }) => name === 'm2')
  expect([roster.size(), roster.get('m2')]).toEqual([3, undefined])
})

test.each([3, 200])('picks are different ones, and only wanted ones, of %i', (size) => {
  const roster = filled(size)
  const picked = roster.pick(3, ({ name }) => name !== 'm0')
  expect(new Set(picked).size).toBe(Math.min(3, size - 1))
  expect(picked.some(({ name }) => name === 'm0')).toBe(false)
})
