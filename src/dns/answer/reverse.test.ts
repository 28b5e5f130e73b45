import { expect, test } from 'bun:test'
import { reverseAddress } from './reverse.ts'

test.each([
  ['1.0.168.192.in-addr.arpa', [192, 168, 0, 1]],
  [
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa',
    [0xfd, ...new Array(14).fill(0), 1],
  ],
])('%s', (key, bytes) => expect([...(reverseAddress(key) ?? [])]).toEqual(bytes))

test.each([
  '0.168.192.in-addr.arpa',
  '256.0.0.1.in-addr.arpa',
  '01.0.0.1.in-addr.arpa',
  'x.ip6.arpa',
  'in-addr.arpa',
  'mesos',
])('%s stands for no address', (key) => expect(reverseAddress(key)).toBeUndefined())
