import { expect, test } from 'bun:test'
import { addressBytes, canonicalAddress, formatAddress, splitHostPort } from './address.ts'

test.each([
  ['10.1.0.1', '10.1.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::', '::'],
  ['::1', '::1'],
  ['fe80:0:0:0:0:0:0:1', 'fe80::1'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
])('%s is %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address)
  expect(formatAddress(addressBytes(address))).toBe(address)
})

test.each(['', ' 10.0.0.1', '10.0.0.01', '10.0.0', 'fe80::1%eth0', 'host', '1.2.3.4.5', '[::1]'])(
  '"%s" is no address',
  (text) => expect(canonicalAddress(text)).toBeUndefined(),
)

test('host and port', () => {
  expect(splitHostPort('10.0.0.1:5050')).toEqual({ host: '10.0.0.1', port: 5050 })
  expect(splitHostPort('[::1]:5050')).toEqual({ host: '::1', port: 5050 })
  for (const text of ['', 'a', 'a:', ':5', 'a:0', 'a:65536', '::1:5', 'a:b'])
    expect(splitHostPort(text)).toBeUndefined()
})
