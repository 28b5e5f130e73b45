import { expect, test } from 'bun:test'
import { timeOf } from './time.ts'

const now = Date.parse('2026-01-02T00:00:00')

test.each([
  [
    '{"level":"info","time":"2026-01-01T10:00:00.250Z","msg":"service"}',
    Date.parse('2026-01-01T10:00:00.250Z'),
  ],
  ['2026-01-01 10:00:00,250 - INFO  [main:QuorumPeer@1]', Date.parse('2026-01-01T10:00:00.250')],
  ['[2026-01-01 10:00:00,250] INFO  Started', Date.parse('2026-01-01T10:00:00.250')],
  ['2026-01-01T10:00:00+0100 x', Date.parse('2026-01-01T09:00:00Z')],
  ['I0101 10:00:00.250987  123 master.cpp:1] Elected', Date.parse('2026-01-01T10:00:00.250')],
  ['E1231 23:59:59.000001  123 master.cpp:1] Lost', Date.parse('2025-12-31T23:59:59.000')],
])('a line tells when it was written: %s', (line, time) => {
  expect(timeOf(line, now)).toBe(time)
})

test.each(['    at a.b.C.d(C.java:12)', '', 'Failed to load unknown flag'])(
  'and not every one does: %s',
  (line) => {
    expect(timeOf(line, now)).toBeUndefined()
  },
)
