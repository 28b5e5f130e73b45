import { expect, test } from 'bun:test'
import { networkCheck, parseUpstream } from './dns.ts'

const cases: [networks: string[], address: string, within: boolean][] = [
  [['10.0.0.0/8'], '10.255.0.1', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  // The same address in the other family's words.
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.0.0.0/8'], '::ffff:a01:203', true],
  [['10.0.0.0/8'], '::ffff:11.1.2.3', false],
  [['10.0.0.0/8'], '::10.1.2.3', false],
  [['fc00::/7', '::1/128'], '::ffff:10.0.0.1', false],
  [['2001:DB8::1'], '2001:db8::1', true],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['fe80::/10'], '2001:db8::1%eth0', false],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['10.0.0.0/8'], 'no address', false],
  [['10.0.0.0/8'], '', false],
  [[], '10.0.0.1', false],
]
test.each(cases)('%j, %s: %p', (networks, address, within) =>
  expect(networkCheck(networks)(address)).toBe(within),
)

const written: [text: string, address: string, port: number][] = [
  ['192.0.2.1', '192.0.2.1', 53],
  ['192.0.2.1:5353', '192.0.2.1', 5353],
  ['[2001:DB8:0:0::1]:5353', '2001:db8::1', 5353],
  ['::ffff:192.0.2.1', '192.0.2.1', 53],
  ['fe80::1%eth0', 'fe80::1%eth0', 53],
]
test.each(written)('the server %s', (text, address, port) =>
  expect(parseUpstream(text)).toEqual({ address, port }),
)

test.each(['192.0.2.1:0', '192.0.2.1:65536', '192.0.2', 'ns.example', '2001:db8::1:x', ''])(
  '%s is no server',
  (text) => expect(parseUpstream(text)).toBeUndefined(),
)
