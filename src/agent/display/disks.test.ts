import { expect, test } from 'bun:test'
import { newerThan } from './disks.ts'

const disk = (zxid: string, epoch?: number) => ({ disk: { zxid, ...(epoch === undefined ? {} : { epoch }) } })

test('of two disks the one of the later leader counts, whatever the other has written before; then the one that wrote more', () => {
  expect(newerThan(disk('100000002', 3), disk('10000000f', 2))).toBe(true)
  expect(newerThan(disk('10000000f', 2), disk('100000002', 3))).toBe(false)
  expect(newerThan(disk('10000000f', 2), disk('100000002', 2))).toBe(true)
  expect(newerThan(disk('2', 0), disk('1'))).toBe(true)
  expect(newerThan(disk('1'), {})).toBe(true)
  expect(newerThan({}, {})).toBe(false)
})
