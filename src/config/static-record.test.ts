import { expect, test } from 'bun:test'
import { parseStaticRecord } from './static-record.ts'

test.each([
  ['registry A 10.0.0.50', { type: 'A', name: 'registry.mesos.', address: '10.0.0.50' }],
  ['  Db.Prod   aaaa  FD00::1 ', { type: 'AAAA', name: 'db.prod.mesos.', address: 'fd00::1' }],
  ['@ A 10.0.0.1', { type: 'A', name: 'mesos.', address: '10.0.0.1' }],
  ['x.mesos. A 10.0.0.1', { type: 'A', name: 'x.mesos.', address: '10.0.0.1' }],
  [
    '_ldap._tcp SRV 10 5 389 ldap.example.org.',
    {
      type: 'SRV',
      name: '_ldap._tcp.mesos.',
      priority: 10,
      weight: 5,
      port: 389,
      target: 'ldap.example.org.',
    },
  ],
])('%s', (text, record) => expect<unknown>(parseStaticRecord(text, 'mesos')).toEqual(record))

test.each([
  'registry',
  'registry A',
  'registry A fd00::1',
  'registry AAAA 10.0.0.1',
  'registry A 10.0.0.1 10.0.0.2',
  'registry TXT hello',
  'registry.example. A 10.0.0.1',
  'xmesos. A 10.0.0.1',
  'a..b A 10.0.0.1',
  `${'x'.repeat(64)} A 10.0.0.1`,
  '_s._tcp SRV 1 2 3',
  '_s._tcp SRV 1 2 65536 a',
  '_s._tcp SRV -1 2 3 a',
  '_s._tcp SRV 1 2 3 a b',
])('%s is none', (text) => expect(parseStaticRecord(text, 'mesos')).toBeUndefined())
