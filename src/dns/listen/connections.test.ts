import { expect, test } from 'bun:test'
import { openConnections } from './connections.ts'

test('the connection that is idle longest makes room for a new one', () => {
  const connections = openConnections<string>(2, 2)
  expect(connections.add('a', '10.0.0.1')).toEqual([])
  expect(connections.add('b', '10.0.0.2')).toEqual([])
  connections.touch('a')
  expect(connections.add('c', '10.0.0.3')).toEqual(['b'])
  connections.remove('a')
  expect(connections.add('d', '10.0.0.4')).toEqual([])
})

test('one address gets its share and no more, until it lets some go', () => {
  const connections = openConnections<string>(10, 2)
  connections.add('a', '10.0.0.1')
  connections.add('b', '10.0.0.1')
  expect(connections.add('c', '10.0.0.1')).toEqual(['c'])
  connections.remove('c')
  expect(connections.add('d', '10.0.0.1')).toEqual(['d'])
  expect(connections.add('e', '10.0.0.2')).toEqual([])
  connections.remove('a')
  expect(connections.add('f', '10.0.0.1')).toEqual([])
})
