import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepDynamicLine, writeFiles } from './files.ts'
import type { ServiceFile } from './spec.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mb-files-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const at = (...names: string[]) => join(dir, ...names)
const file = (write: ServiceFile['write'], path: string, content: string, mode = 0o644) => ({
  path: at(path),
  content,
  mode,
  write,
})

describe('files of a program', () => {
  test('are written with their mode, and not touched when they are right', () => {
    const secret = file('replace', 'conf/zk', 'zk://user:password@host/mesos', 0o600)
    writeFiles([secret])
    const { mode, ino } = statSync(secret.path)
    expect(mode & 0o777).toBe(0o600)
    writeFiles([secret])
    expect(statSync(secret.path).ino).toBe(ino)
  })

  test('are closed again when somebody opened them', () => {
    const secret = file('replace', 'zk', 'secret', 0o600)
    writeFiles([secret])
    chmodSync(secret.path, 0o644)
    writeFiles([secret])
    expect(statSync(secret.path).mode & 0o777).toBe(0o600)
  })

  test('that are written once stay as the program made them', () => {
    writeFiles([file('once', 'myid', '1')])
    writeFiles([file('once', 'myid', '2')])
    expect(readFileSync(at('myid'), 'utf8')).toBe('1')
  })
})

describe("a server's birth", () => {
  const birth = () => writeFiles([file('birth', 'zookeeper/data/initialize', '')])
  const initialize = () => existsSync(at('zookeeper/data/initialize'))

  test('is told once, even when the whole disk of the data is lost later', () => {
    birth()
    expect(initialize()).toBe(true)
    rmSync(at('zookeeper/data'), { recursive: true })
    birth()
    expect(initialize()).toBe(false)
  })

  test('is not told where there is data already', () => {
    mkdirSync(at('zookeeper/data/version-2'), { recursive: true })
    birth()
    expect(initialize()).toBe(false)
  })
})

describe('zoo.cfg', () => {
  const planned = 'tickTime=1000\ndynamicConfigFile=/conf/zoo.cfg.dynamic\n'

  test("keeps ZooKeeper's own pointer to its server list and takes the rest from the plan", () => {
    const rewritten = 'tickTime=2000\nold=1\ndynamicConfigFile=/conf/zoo.cfg.dynamic.100000000\n'
    expect(keepDynamicLine(planned, rewritten)).toBe(
      'tickTime=1000\ndynamicConfigFile=/conf/zoo.cfg.dynamic.100000000\n',
    )
    writeFileSync(at('zoo.cfg'), rewritten)
    writeFiles([file('zoo.cfg', 'zoo.cfg', planned)])
    expect(readFileSync(at('zoo.cfg'), 'utf8')).toContain('.dynamic.100000000')
  })

  test('is as planned at the first start', () => {
    expect(keepDynamicLine(planned, undefined)).toBe(planned)
    expect(keepDynamicLine(planned, 'tickTime=2000\n')).toBe(planned)
  })
})
