import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../store.ts'
import { openRecords } from '../../supervisor/process/records.ts'
import { tokenVariable } from '../../supervisor/process/running.ts'
import { foldersAt } from './folders.ts'
import { recallJoined, rememberJoined, storePath } from './joined.ts'
import { openMemory } from './memory.ts'
import { memoryFault, recoverMemory } from './recover.ts'

const folder = mkdtempSync(join(tmpdir(), 'recover-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const joined = { zkUrl: 'zk://a/mesos', name: 'a', simulated: true, mode: 'joined' as const, seed: '' }

async function machine(name: string) {
  const folders = foldersAt(join(folder, name))
  await rememberJoined(folders, joined, ['10.0.0.2:7946'])
  return folders
}

function spoil(path: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  writeFileSync(path, 'rubbish'.repeat(1000))
}

test('a memory that cannot be read is made anew from its copy, with the programs that run', async () => {
  const folders = await machine('one')
  const path = storePath(folders)
  expect(memoryFault(folders)).toBeUndefined()
  const own = join(folders.state, 'marathon')
  mkdirSync(own)
  const program = Bun.spawn(['sleep', '100'], { cwd: own, env: { [tokenVariable]: 'a-token' } })
  try {
    spoil(path)
    expect(memoryFault(folders)).toContain('not a database')
    recoverMemory(folders)
    expect(recallJoined(folders)).toEqual(joined)
    const store = openStore(path)
    expect(openMemory(store).recall('members')).toBeUndefined()
    expect(openRecords(store).all()).toMatchObject([
      { name: 'marathon', token: 'a-token', id: { pid: program.pid } },
    ])
    store.close()
    expect(existsSync(`${path}.unreadable`)).toBe(true)
  } finally {
    program.kill()
    await program.exited
  }
})

test('without a copy nothing is touched', async () => {
  const folders = await machine('two')
  rmSync(join(folders.state, 'memory.json'))
  spoil(storePath(folders))
  expect(() => recoverMemory(folders)).toThrow('there is no copy of it')
  expect(memoryFault(folders)).toBeDefined()
})
