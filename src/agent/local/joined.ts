import { existsSync } from 'node:fs'
import { openStore } from '../../store.ts'
import type { Folders } from './folders.ts'
import { returnTo } from './former.ts'
import { type Joined, type Memory, openMemory, type Topic, type Value } from './memory.ts'

/** The file that holds this machine's memory. */
export function storePath(folders: Folders): string {
  return `${folders.state}/meshbox.db`
}

/** What `join` was told at this place, if ever. Makes no file. */
export function recallJoined(folders: Folders): Joined | undefined {
  return recall(folders, 'joined')
}

/** The id of the cluster that this place belongs to, once it is known. Makes no file. */
export function recallCluster(folders: Folders): string | undefined {
  const ensemble = recall(folders, 'ensemble')
  return recall(folders, 'cluster')?.id ?? (ensemble?.kind === 'managed' ? ensemble.cluster.id : undefined)
}

/** @param doors host:port of members that are known already */
export function rememberJoined(folders: Folders, joined: Joined, doors: string[] = []): void {
  inMemory(folders, (memory) => {
    if (!memory.recall('joined')) returnTo(memory, joined)
    memory.remember('joined', joined)
    if (doors.length > 0) memory.remember('members', doors)
  })
}

/** For a machine that is to be born with the data of a backup, its document among it. What it was before is over. */
export function rememberRestored(
  folders: Folders,
  joined: Joined,
  document: Value<'document'> | undefined,
): void {
  inMemory(folders, (memory) => {
    memory.forget('former')
    if (document) memory.remember('document', document)
    memory.remember('joined', joined)
  })
}

function recall<T extends Topic>(folders: Folders, topic: T): Value<T> | undefined {
  if (!existsSync(storePath(folders))) return undefined
  return inMemory(folders, (memory) => memory.recall(topic))
}

function inMemory<T>(folders: Folders, use: (memory: Memory) => T): T {
  const store = openStore(storePath(folders))
  try {
    return use(openMemory(store))
  } finally {
    store.close()
  }
}
