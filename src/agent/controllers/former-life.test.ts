import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkSettings } from '../../config/document/check.ts'
import { setAside } from './former-life.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshbox-former-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const at = (...names: string[]) => join(dir, ...names)

function configOf(settings: unknown) {
  const checked = checkSettings(settings)
  if (checked.kind === 'valid') return checked.config
  throw new Error(checked.faults[0]?.message)
}

test("a former controller's logs are out of the way wherever they are, and mesos-agent's folder stays", () => {
  for (const path of [
    'zookeeper/conf',
    'old/version-2',
    'new/version-2',
    'mesos/replicated_log',
    'mesos/meta',
  ])
    mkdirSync(at(path), { recursive: true })
  writeFileSync(at('zookeeper/conf/zoo.cfg'), `dataLogDir=${at('old')}\n`)
  const work_dir = at('mesos')
  const settings = {
    zookeeper: { dataLogDir: at('new') },
    mesos: { master: { work_dir }, agent: { work_dir } },
  }
  setAside(dir, configOf(settings), 'now')
  expect(readdirSync(dir).sort()).toEqual(['mesos', 'new', 'old', 'zookeeper.before-now'])
  expect(readdirSync(work_dir).sort()).toEqual(['meta', 'replicated_log.before-now'])
  for (const log of ['old', 'new']) expect(readdirSync(at(log))).toEqual(['version-2.before-now'])
})
