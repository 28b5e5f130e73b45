import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog, type Threshold } from './log.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mb-log-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('the level may be changed while the log is open, and counts for children that were there before', () => {
  const file = join(dir, 'deeper/x.log')
  const threshold: Threshold = { level: 'info' }
  const log = openLog(file, threshold)
  const child = log.child({ service: 'zookeeper' })
  child.debug('one')
  child.info('two')
  threshold.level = 'debug'
  child.debug('three')
  threshold.level = 'error'
  log.warn('four')
  child.error('five')
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toMatchObject([
    { level: 'info', msg: 'two', service: 'zookeeper' },
    { level: 'debug', msg: 'three' },
    { level: 'error', msg: 'five' },
  ])
  expect(Date.parse(lines[0].time)).toBeGreaterThan(0)
})

test('on a full disk nothing goes wrong for whoever logs', () => {
  const log = openLog('/dev/full')
  for (let line = 0; line < 3000; line++) log.child({ line }).error('x'.repeat(1000))
})
