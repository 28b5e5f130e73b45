import { existsSync, renameSync, rmSync } from 'node:fs'
import { MeshboxError, messageOf } from '../../error.ts'
import { openStore } from '../../store.ts'
import { findAgain } from '../../supervisor/process/find-again.ts'
import { openRecords } from '../../supervisor/process/records.ts'
import type { Folders } from './folders.ts'
import { storePath } from './joined.ts'
import { lockFolder } from './lock.ts'
import { openMemory } from './memory.ts'
import { copyBeside, readCopy } from './memory-copy.ts'

/** Why what this machine remembers cannot be read; undefined when it can, or there is nothing. */
export function memoryFault(folders: Folders): string | undefined {
  if (!existsSync(storePath(folders))) return undefined
  try {
    const store = openStore(storePath(folders))
    try {
      const row = store.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').get()
      return row?.quick_check === 'ok' ? undefined : row?.quick_check
    } finally {
      store.close()
    }
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * Makes the memory of this machine anew from its copy, and finds again what runs here: the next agent goes on with both. What
 * could not be read stays beside it.
 * @throws MeshboxError when an agent runs here, or there is no copy
 */
export function recoverMemory(folders: Folders): void {
  const path = storePath(folders)
  const unlock = lockFolder(folders.state)
  try {
    const copy = readCopy(copyBeside(path))
    if (!copy)
      throw new MeshboxError({
        code: 'memory-lost',
        message: `cannot make ${path} anew: there is no copy of it`,
        hint: 'meshbox leave --purge, then join again',
      })
    renameSync(path, `${path}.unreadable`)
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    const store = openStore(path)
    try {
      openMemory(store).restore(copy)
      findAgain(folders.state, openRecords(store))
    } finally {
      store.close()
    }
  } finally {
    unlock()
  }
}
