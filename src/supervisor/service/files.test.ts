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
import { keepPlaces, writeFiles } from './files.ts'
import { isLeftOut, restoreServerList } from './server-list.ts'
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
    expect(keepPlaces(planned, rewritten)).toBe(
      'tickTime=1000\ndynamicConfigFile=/conf/zoo.cfg.dynamic.100000000\n',
    )
    writeFileSync(at('zoo.cfg'), rewritten)
    writeFiles([file('zoo.cfg', 'zoo.cfg', planned)])
    expect(readFileSync(at('zoo.cfg'), 'utf8')).toContain('.dynamic.100000000')
  })

  test('keeps the log of transactions where it was when the data began', () => {
    const moved = `dataLogDir=/new\n${planned}`
    expect(keepPlaces(moved, undefined)).toBe(moved)
    expect(keepPlaces(moved, planned)).toBe(planned)
    expect(keepPlaces(moved, `dataLogDir=/old\n${planned}`)).toBe(`dataLogDir=/old\n${planned}`)
    expect(keepPlaces(planned, `dataLogDir=/old\n${planned}`)).toBe(`dataLogDir=/old\n${planned}`)
  })

  test('is as planned at the first start', () => {
    expect(keepPlaces(planned, undefined)).toBe(planned)
    expect(keepPlaces(planned, 'tickTime=2000\n')).toBe(planned)
  })
})

describe("the list of an ensemble's servers", () => {
  const first = 'server.1=10.0.0.1:2888:3888:participant;2181\n'
  const conf = (name: string) => at('zookeeper/conf', name)
  const write = () =>
    writeFiles([
      file('zoo.cfg', 'zookeeper/conf/zoo.cfg', `dynamicConfigFile=${conf('zoo.cfg.dynamic')}\n`),
      file('server-list', 'zookeeper/conf/zoo.cfg.dynamic', first),
    ])
  const used = () => /^dynamicConfigFile=(.*)$/m.exec(readFileSync(conf('zoo.cfg'), 'utf8'))?.[1] ?? ''

  test('is that of the birth at the first start, and never again where there is data', () => {
    write()
    expect(readFileSync(used(), 'utf8')).toBe(first)
    mkdirSync(at('zookeeper/data/version-2'), { recursive: true })
    write()
    rmSync(at('zookeeper/conf'), { recursive: true })
    expect(write).toThrow('the list of its ensemble is lost while its data is there')
    expect(existsSync(conf('zoo.cfg.dynamic'))).toBe(false)
  })

  test('is taken over from the ensemble, where it has this server', () => {
    mkdirSync(at('zookeeper/data/version-2'), { recursive: true })
    const now = `${first}server.4=10.0.0.4:2888:3888:participant;2181\nversion=20000000a\n`
    expect(restoreServerList(at('zookeeper/conf'), now, 2)).toBe(false)
    expect(write).toThrow('is lost')
    expect(restoreServerList(at('zookeeper/conf'), now, 1)).toBe(true)
    write()
    expect(used()).toBe(conf('zoo.cfg.dynamic.20000000a'))
    expect(readFileSync(used(), 'utf8')).toBe(now.replace(/version=.*\n/, ''))
  })

  test('is taken over too by one that was taken out, and is in it again', () => {
    write()
    const without = conf('zoo.cfg.dynamic.200000001')
    writeFileSync(without, 'server.4=10.0.0.4:2888:3888:participant;2181\n')
    writeFileSync(conf('zoo.cfg'), `dynamicConfigFile=${without}\n`)
    expect(isLeftOut(at('zookeeper/conf'), 1)).toBe(true)
    expect(restoreServerList(at('zookeeper/conf'), `${first}version=20000000a\n`, 1)).toBe(true)
    expect(isLeftOut(at('zookeeper/conf'), 1)).toBe(false)
    write()
    expect(used()).toBe(conf('zoo.cfg.dynamic.20000000a'))
  })

  test('is that of the ensemble and itself for one that follows it without a vote, which was told one without itself', () => {
    write()
    const without = conf('zoo.cfg.dynamic.200000001')
    const others = 'server.4=10.0.0.4:2888:3888:participant;2181\n'
    writeFileSync(without, others)
    writeFileSync(conf('zoo.cfg'), `dynamicConfigFile=${without}\n`)
    expect(isLeftOut(at('zookeeper/conf'), 1)).toBe(true)
    const own = first.trimEnd()
    expect(restoreServerList(at('zookeeper/conf'), `${others}version=200000001\n`, 1, own)).toBe(true)
    expect(isLeftOut(at('zookeeper/conf'), 1)).toBe(false)
    write()
    expect(used()).toBe(conf('zoo.cfg.dynamic'))
    expect(readFileSync(used(), 'utf8')).toBe(`${others}${first}`)
  })

  test('is the newest that is there when zoo.cfg is lost alone', () => {
    write()
    for (const version of ['fffffffff', '10000000a1'])
      writeFileSync(conf(`zoo.cfg.dynamic.${version}`), `${first}# ${version}\n`)
    rmSync(conf('zoo.cfg'))
    write()
    expect(used()).toBe(conf('zoo.cfg.dynamic.10000000a1'))
  })
})
