import { expect, test } from 'bun:test'
import { readRecords, shortageIn } from './kernel-log.ts'

const log = '3,1212,90,-;memory is short\n3,1213,91,-;Out of memory: Killed process 412 (java) total-vm:9kB\n'
const later = '3,1214,5000,-;Memory cgroup out of memory: Killed process 412 (mesos-agent) total-vm:9kB\n'

test('a process that the kernel killed for want of memory is known from its log', () => {
  expect(shortageIn(log, 412, 0)).toBe('machine')
  expect(shortageIn(log, 41, 0)).toBeUndefined()
})

test('one that had the same pid before is another one', () => {
  expect(shortageIn(log + later, 412, 0)).toBe('group')
  expect(shortageIn(log + later, 412, 4000)).toBe('group')
  expect(shortageIn(log, 412, 4000)).toBeUndefined()
})

test('what is overwritten while it is read is left out, and reading goes on', () => {
  const told = [log, 'EPIPE', later, 'EAGAIN', log]
  const read = (into: Buffer) => {
    const next = told.shift() ?? ''
    if (next.startsWith('E')) throw Object.assign(new Error(next), { code: next })
    return into.write(next)
  }
  expect(readRecords(read)).toBe(log + later)
})
