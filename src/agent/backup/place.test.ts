import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documentSchema } from '../../config/schema.ts'
import type { Ensemble } from '../local/memory.ts'
import { placeRestored } from './place.ts'

let state: string
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'meshbox-place-'))
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

const config = documentSchema.parse({})
const ensemble = (founder: boolean, restored = true) => ({
  kind: 'managed' as const,
  cluster: {
    ...{ id: crypto.randomUUID(), simulated: false, bornAt: '2026-01-01T00:00:00.000Z', servers: [] },
    ...(restored ? { restored: { backup: 'sha', cluster: crypto.randomUUID() } } : {}),
  },
  ...{ address: '10.0.0.1', founder, firstLog: founder },
})
const at = (path: string) => join(state, path)
const isThere = (path: string) => existsSync(at(path))
const place = (whose: Ensemble) => placeRestored(whose, state, config)

function waits(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(at('restore'), path, '..'), { recursive: true })
    writeFileSync(join(at('restore'), path), '')
  }
}
const zookeeper = ['zookeeper/data/version-2/snapshot.0', 'zookeeper/log/version-2/log.1']

test('the data is in place before anything runs, and the log of the masters is no new one', () => {
  waits(...zookeeper, 'replicated_log/CURRENT')
  const founder = ensemble(true)
  expect(place(founder)).toBe(true)
  expect(founder).toMatchObject({ founder: true, firstLog: false })
  for (const file of ['snapshot.0', 'log.1']) expect(isThere(`zookeeper/data/version-2/${file}`)).toBe(true)
  expect(isThere(join('mesos-master/work', 'replicated_log/CURRENT'))).toBe(true)
  expect(isThere('restore')).toBe(false)
})

test('what was done before a crash is not done again', () => {
  waits(...zookeeper, 'replicated_log/CURRENT')
  mkdirSync(at('zookeeper/data/version-2'), { recursive: true })
  writeFileSync(at('zookeeper/data/version-2/log.1'), '')
  rmSync(at('restore/zookeeper/log'), { recursive: true })
  place(ensemble(true))
  for (const file of ['snapshot.0', 'log.1']) expect(isThere(`zookeeper/data/version-2/${file}`)).toBe(true)
  const again = ensemble(true)
  expect(place(again)).toBe(false)
  expect(again.founder).toBe(true)
})

test('a backup without a registry leaves the log of the masters to be begun', () => {
  waits(...zookeeper)
  const founder = ensemble(true)
  place(founder)
  expect(founder.firstLog).toBe(true)
})

test('without the data, or for one that came after the birth, no empty disk votes', () => {
  const robbed = ensemble(true)
  expect(place(robbed)).toBe(true)
  expect(robbed.founder).toBe(false)
  waits(...zookeeper)
  expect(place(ensemble(false))).toBe(false)
  expect([isThere('restore'), isThere('zookeeper')]).toEqual([false, false])
})

test('a cluster that was born with nothing has nothing put in place', () => {
  waits(...zookeeper)
  expect(place(ensemble(true, false))).toBe(false)
  expect(isThere('zookeeper')).toBe(false)
})
