import { expect, test } from 'bun:test'
import { shortageIn } from './kernel-log.ts'

test('a process that the kernel killed for want of memory is known from its log', () => {
  const log = '3,1212,90:;memory is short\n3,1213,91:;Out of memory: Killed process 412 (java) total-vm:9kB\n'
  expect(shortageIn(log, 412)).toBe('machine')
  expect(shortageIn(log, 41)).toBeUndefined()
  expect(shortageIn(`${log}3,1,1:;Memory cgroup out of memory: Killed process 7 (java)`, 7)).toBe('group')
})
