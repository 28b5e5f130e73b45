import { expect, test } from 'bun:test'
import { outside } from './node.ts'

test('behind NAT the others are told where they reach a program, and anywhere else where it listens', () => {
  expect(outside('192.168.0.2:5050', '192.168.0.2', '203.0.113.7')).toBe('203.0.113.7:5050')
  expect(outside('[fd00::2]:5050', 'fd00::2', '2001:db8::7')).toBe('[2001:db8::7]:5050')
  expect(outside('10.9.0.2:5050', '10.0.0.2', '10.0.0.2')).toBe('10.9.0.2:5050')
  expect(outside('unix:///run/docker.sock', '10.0.0.2', '10.0.0.2')).toBe('unix:///run/docker.sock')
})
