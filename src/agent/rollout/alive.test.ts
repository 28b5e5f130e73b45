import { expect, test } from 'bun:test'
import { lives } from './alive.ts'

test('a node lives while gossip finds it alive, and not by the name of one that came back as another', () => {
  const members = [
    { name: 'b', status: 'alive' as const, tags: { node: 'new' } },
    { name: 'c', status: 'failed' as const, tags: { node: 'off' } },
  ]
  expect(['new', 'old', 'off'].map((node) => lives(members, node))).toEqual([true, false, false])
})
