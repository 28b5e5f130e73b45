import { existsSync } from 'node:fs'
import { openStore } from '../../store.ts'
import type { Folders } from './folders.ts'
import { type Joined, openMemory } from './memory.ts'

/** The file that holds this machine's memory. */
export function storePath(folders: Folders): string {
  return `${folders.state}/meshbox.db`
}

/** What `join` was told at this place, if ever. Makes no file. */
export function recallJoined(folders: Folders): Joined | undefined {
  if (!existsSync(storePath(folders))) return undefined
  const store = openStore(storePath(folders))
  try {
    return openMemory(store).recall('joined')
  } finally {
    store.close()
  }
}

export function rememberJoined(folders: Folders, joined: Joined): void {
  const store = openStore(storePath(folders))
  try {
    openMemory(store).remember('joined', joined)
  } finally {
    store.close()
  }
}
