import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../store.ts'
import { openKept } from './kept.ts'
import { bytesOf, removeSpares, sparesIn } from './spare.ts'

const state = mkdtempSync(join(tmpdir(), 'spare-'))
afterAll(() => rmSync(state, { recursive: true, force: true }))

test('what nothing runs from and can be had again is spare, and nothing else', () => {
  const store = openStore(':memory:')
  const file = (...path: string[]) => {
    const at = join(state, ...path)
    mkdirSync(join(at, '..'), { recursive: true })
    writeFileSync(at, Buffer.alloc(10_000, 1))
    return at
  }
  const used = file('packages', 'mesos-agent', 'aaaaaaaaaaaa', 'mesos', 'mesos-agent')
  const old = file('packages', 'mesos-agent', 'bbbbbbbbbbbb', 'mesos', 'mesos-agent')
  const part = file('packages', 'marathon', 'cccccccccccc.archive.part')
  const mine = file('packages', 'mesos-agent', 'notes')
  const deb = file('apt', 'zookeeper_3.8.0_all.deb')
  const data = file('zookeeper', 'data', 'snapshot.1')
  openKept(store).put({
    ...{ name: 'mesos-agent', wish: '' },
    provided: { provider: 'archive', command: [used] },
    traces: { files: [], held: [] },
  })
  const spares = sparesIn(state, store, join(state, 'apt'))
  expect(bytesOf(spares)).toBeGreaterThanOrEqual(30_000)
  removeSpares(spares)
  expect([used, old, part, mine, deb, data].map((path) => existsSync(path))).toEqual([
    ...[true, false, false, true, false, true],
  ])
})
