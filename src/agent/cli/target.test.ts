import { expect, test } from 'bun:test'
import { readTarget } from './target.ts'

test.each(['10.0.0.7', '10.0.0.7:7946', 'node-1', 'node-1.example:9', 'fd00::1', '[fd00::1]', '[fd00::1]:9'])(
  '%s is a neighbour',
  (seed) => expect(readTarget(seed)).toEqual({ kind: 'neighbour', seed }),
)

test('what has a slash is a URL, or nothing', () => {
  expect(readTarget('zk://a/mesos')).toEqual({ kind: 'url', zkUrl: 'zk://a/mesos' })
  expect(() => readTarget('http://a/mesos')).toThrow('cannot read ZooKeeper URL')
})

test.each(['', '10.0.0.300', '10.0.0', 'a:b:c', 'node:70000', 'node_1:', '-x', 'a,b'])(
  '"%s" is neither',
  (text) => expect(() => readTarget(text)).toThrow('neither a ZooKeeper URL nor the address of a member'),
)
