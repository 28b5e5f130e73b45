import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepCopy } from './alone.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshbox-alone-'))
  mkdirSync(join(dir, 'zookeeper/conf'), { recursive: true })
})
afterEach(() => rmSync(dir, { recursive: true }))

const at = (...names: string[]) => join(dir, ...names)
function write(path: string, content: string): void {
  mkdirSync(join(at(path), '..'), { recursive: true })
  writeFileSync(at(path), content)
}

test('a copy of a disk that was adopted holds what it held, whatever becomes of it', async () => {
  write('var/version-2/log.1', 'before')
  symlinkSync(at('var'), at('zookeeper/data'))
  const kept = await keepCopy(at('zookeeper'), '1')
  writeFileSync(at('var/version-2/log.1'), 'after')
  expect(readFileSync(join(kept, 'data/version-2/log.1'), 'utf8')).toBe('before')
})

test('the log of transactions is in it where the server has it, in a folder of its own', async () => {
  write('zookeeper/data/version-2/snapshot.1', '')
  write('zookeeper/conf/zoo.cfg', `dataLogDir=${at('fast')}\n`)
  write('fast/version-2/log.2', 'two')
  const kept = await keepCopy(at('zookeeper'), '2')
  expect(readFileSync(join(kept, 'log/version-2/log.2'), 'utf8')).toBe('two')
})

test('a copy that cannot be made leaves nothing behind', async () => {
  write('zookeeper/data/version-2/snapshot.1', '')
  Bun.spawnSync(['mkfifo', at('zookeeper/data/version-2/x')])
  expect(keepCopy(at('zookeeper'), '1')).rejects.toThrow()
  expect(readdirSync(dir)).toEqual(['zookeeper'])
})

test('of one that runs as it was found the log of transactions is where the document says', async () => {
  write('zookeeper/data/version-2/snapshot.1', '')
  write('fast/version-2/log.2', 'two')
  const kept = await keepCopy(at('zookeeper'), '2', at('fast'))
  expect(readFileSync(join(kept, 'log/version-2/log.2'), 'utf8')).toBe('two')
  // Once it has begun by a file of ours it is where that says.
  write('zookeeper/conf/zoo.cfg', 'tickTime=2000\n')
  expect(readdirSync(await keepCopy(at('zookeeper'), '3', at('fast')))).not.toContain('log')
})
