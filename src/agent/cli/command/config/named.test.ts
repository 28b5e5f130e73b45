import { expect, test } from 'bun:test'
import { namedOption } from './named.ts'

test('an option may be called as the charm called it', () => {
  expect(namedOption('dns_ttl')).toEqual(['dns', 'ttl'])
  expect(namedOption('zookeeper_tickTime')).toEqual(['zookeeper', 'tickTime'])
  expect(namedOption('slave_attributes')).toEqual(['mesos', 'agent', 'attributes'])
  expect(namedOption('dns.ttl')).toEqual(['dns', 'ttl'])
  expect(namedOption('quorum')).toEqual(['mesos', 'master', 'quorum'])
  expect(namedOption('name')).toEqual(['name'])
})

test('a section of that name is meant where the charm has nothing else for it', () => {
  expect(namedOption('zookeeper')).toEqual(['zookeeper'])
  expect(namedOption('zookeeper', '{ tickTime: 1000 }')).toEqual(['zookeeper'])
  expect(() => namedOption('zookeeper', 'zk://10.0.0.1/mesos')).toThrow('join with it')
  expect(() => namedOption('zookeeper_dataDir')).toThrow('meshbox keeps the data of ZooKeeper')
})
