import { expect, test } from 'bun:test'
import { lives } from './alive.ts'

test('a node lives while gossip finds it alive, and not by the name of one that came back as another', () => {
  const members = [
    { name: 'b', address: '10.0.0.2', status: 'alive' as const, tags: { node: 'new' } },
    { name: 'c', address: '10.0.0.3', status: 'failed' as const, tags: { node: 'off' } },
  ]
  expect(['new', 'old', 'off'].map((node) => lives(members, node))).toEqual([true, false, false])
  // One that has a seat takes it again.
  const seat = { name: 'b', address: '10.0.0.9' }
  expect(
    [seat, { ...seat, name: 'x', address: '10.0.0.2' }, { ...seat, name: 'c' }].map((each) =>
      lives(members, 'old', each),
    ),
  ).toEqual([true, true, false])
})
