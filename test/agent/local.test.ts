import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersAt } from '../../src/agent/local/folders.ts'
import { recallJoined, rememberJoined, storePath } from '../../src/agent/local/joined.ts'
import { lockFolder } from '../../src/agent/local/lock.ts'
import { openMemory } from '../../src/agent/local/memory.ts'
import { MeshboxError } from '../../src/error.ts'
import { openStore, writeFileAtomic } from '../../src/store.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshbox-local-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('memory', () => {
  const joined = {
    zkUrl: 'zk://a/mesos',
    name: 'a',
    simulated: false,
    mode: 'joined' as const,
    seed: 'name: x',
  }

  test('keeps what join was told; looking makes no file', async () => {
    const folders = foldersAt(dir)
    expect(recallJoined(folders)).toBeUndefined()
    expect(existsSync(storePath(folders))).toBe(false)
    await rememberJoined(folders, joined)
    expect(recallJoined(folders)).toEqual(joined)
    await rememberJoined(folders, { ...joined, name: 'b' })
    expect(recallJoined(folders)?.name).toBe('b')
  })

  test('refuses what another version wrote', () => {
    const store = openStore(join(dir, 'x.db'))
    const memory = openMemory(store)
    store.run(`INSERT INTO memory VALUES ('joined', '{"zkUrl":1}')`)
    expect(() => memory.recall('joined')).toThrow('cannot read what this machine remembers as "joined"')
    store.close()
  })
})

describe('the lock of a folder', () => {
  test('is held by one process, named to the other, and free again when that one is killed', async () => {
    const script = join(dir, 'hold.ts')
    const module = join(import.meta.dir, '../../src/agent/local/lock.ts')
    await Bun.write(
      script,
      `import { lockFolder } from ${JSON.stringify(module)}\nlockFolder(process.argv[2]!)\nconsole.log('held')\nsetInterval(() => {}, 1000)\n`,
    )
    const holder = Bun.spawn([process.execPath, script, `${dir}/state`], { stdout: 'pipe' })
    await holder.stdout.getReader().read()
    try {
      lockFolder(`${dir}/state`)
      throw new Error('was taken twice')
    } catch (error) {
      if (!(error instanceof MeshboxError)) throw error
      expect(error).toMatchObject({ code: 'agent-running', exit: 1 })
      expect(error.message).toContain(`pid ${holder.pid}`)
    }
    holder.kill('SIGKILL')
    await holder.exited
    const release = lockFolder(`${dir}/state`)
    expect(readFileSync(`${dir}/state/agent.pid`, 'utf8')).toBe(`${process.pid}\n`)
    release()
    lockFolder(`${dir}/state`)()
  })
})

test('a data directory whose socket path would be too long is refused', () => {
  expect(() => foldersAt(`/tmp/${'x'.repeat(100)}`)).toThrow('longer than 107')
})

test('only another place than the usual one has to be named', () => {
  expect([foldersAt(undefined).named, foldersAt('/tmp/./x').named]).toEqual([undefined, '/tmp/x'])
  expect(foldersAt('/var/lib/meshbox/')).toEqual(foldersAt(undefined))
})

test('an atomic write replaces the whole file or leaves the old one', () => {
  const path = join(dir, 'deep/file')
  writeFileAtomic(path, 'one', 0o600)
  writeFileAtomic(path, 'two', 0o600)
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(() => writeFileAtomic(join(path, 'below-a-file'), 'x')).toThrow()
  expect(readFileSync(path, 'utf8')).toBe('two')
})
