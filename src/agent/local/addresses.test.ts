import { expect, test } from 'bun:test'
import { localIPv4, localIPv6, ownAddresses } from './addresses.ts'

const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 10.0.0.7
        /24 link UNICAST
        /32 host LOCAL
     |-- 10.0.0.255
        /32 link BROADCAST
Local:
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.168.1.9
        /32 host LOCAL
`

test('addresses are those that the kernel takes for its own', () => {
  expect(localIPv4(trie)).toEqual(['10.0.0.7', '127.0.0.1', '192.168.1.9'])
  const table = [
    '00000000000000000000000000000001 01 80 10 80       lo',
    'fd000000000000000000000000000002 04 40 00 82     eth0',
    'fd000000000000000000000000000003 04 40 00 c8     eth0',
    '',
  ].join('\n')
  expect(localIPv6(table)).toEqual(['::1', 'fd00::2'])
  expect(localIPv4('')).toEqual([])
})

test('this machine has each of its own once', () => {
  const own = ownAddresses()
  expect(own).toContain('127.0.0.1')
  expect(new Set(own).size).toBe(own.length)
})
