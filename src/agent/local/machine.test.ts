import { expect, test } from 'bun:test'
import { advertisedAddress } from './machine.ts'

const own = ['127.0.0.1', '::1', 'fe80::1', '10.0.0.1', '192.168.0.1']
const server = (...addresses: string[]) => ({ host: 'x', port: 2181, addresses })

test.each([
  ['the one that the URL names', [server('10.0.0.9'), server('192.168.0.1')], undefined, '192.168.0.1'],
  ['the first that others can reach', [server('10.0.0.9')], undefined, '10.0.0.1'],
  ['loopback, when the whole URL is on loopback', [server('127.0.0.1')], undefined, '127.0.0.1'],
  ['loopback, when it is another loopback address', [server('127.0.0.2')], undefined, '127.0.0.1'],
  ['one that others can reach, when names do not resolve', [server()], undefined, '10.0.0.1'],
  ['the remembered one, whatever resolves today', [server()], '192.168.0.1', '192.168.0.1'],
  ['another, when the remembered one is gone', [server('10.0.0.1')], '10.0.0.7', '10.0.0.1'],
])('the address of a machine is %s', (_, servers, remembered, wanted) => {
  expect(advertisedAddress(servers, own, remembered)).toBe(wanted)
})
