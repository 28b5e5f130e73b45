import { existsSync } from 'node:fs'
import type { Cluster } from '../../config/document/cluster.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { openStore } from '../../store.ts'
import type { Folders } from './folders.ts'
import { returnTo } from './former.ts'
import { type Joined, type Memory, openMemory, type Topic, type Value } from './memory.ts'
import { meanTheSame } from './same-url.ts'

/** The file that holds this machine's memory. */
export function storePath(folders: Folders): string {
  return `${folders.state}/meshbox.db`
}

/** What `join` was told at this place, if ever. Makes no file. */
export function recallJoined(folders: Folders): Joined | undefined {
  return recall(folders, 'joined')
}

/** The cluster that this place belongs to, once it is known. Makes no file. */
export function recallCluster(folders: Folders): Cluster | undefined {
  const ensemble = recall(folders, 'ensemble')
  return recall(folders, 'cluster') ?? (ensemble?.kind === 'managed' ? ensemble.cluster : undefined)
}

/** The last good document of this place; its secrets are sealed. Makes no file. */
export function recallDocument(folders: Folders): string | undefined {
  return recall(folders, 'document')?.text
}

/** @param doors host:port of members that are known already */
export async function rememberJoined(folders: Folders, joined: Joined, doors: string[] = []): Promise<void> {
  const former = recall(folders, 'former')
  const returns =
    former !== undefined && (await meanTheSame(parseZkUrl(former.zkUrl), parseZkUrl(joined.zkUrl)))
  inMemory(folders, (memory) => {
    if (returns && !memory.recall('joined')) returnTo(memory)
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
