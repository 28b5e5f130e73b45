import { expect, test } from 'bun:test'
import type { Screen } from '../cli/screen.ts'
import { disksText, newerThan } from './disks.ts'

const disk = (zxid: string, epoch?: number) => ({ disk: { zxid, ...(epoch === undefined ? {} : { epoch }) } })

test('of two disks the one of the later leader counts, whatever the other has written before; then the one that wrote more', () => {
  expect(newerThan(disk('100000002', 3), disk('10000000f', 2))).toBe(true)
  expect(newerThan(disk('10000000f', 2), disk('100000002', 3))).toBe(false)
  expect(newerThan(disk('10000000f', 2), disk('100000002', 2))).toBe(true)
  expect(newerThan(disk('2', 0), disk('1'))).toBe(true)
  expect(newerThan(disk('1'), {})).toBe(true)
  expect(newerThan({}, {})).toBe(false)
})

test('the disk that counts most stands first, and a machine that has promised to another says so', () => {
  const plain = { width: 120, paint: (_: string, text: string) => text } as Screen
  const row = (id: number) => ({ id, name: `m${id}`, address: `10.0.0.${id}`, alive: true })
  const recovery = { id: 'x', state: 'promised' as const, from: { name: 'm2', address: '10.0.0.2' } }
  const rows = [
    { ...row(1), ...disk('100000001', 1), recovery },
    { ...row(2), ...disk('200000001', 2) },
  ]
  const [, first, second] = disksText(rows, plain, 0).split('\n')
  expect(first).toMatch(/^m2 +10\.0\.0\.2 +alive +0x200000001 +2$/)
  expect(second).toMatch(/^m1 +10\.0\.0\.1 +alive, recovery from m2 +0x100000001 +1$/)
})
