import { existsSync } from 'node:fs'
import type { Cluster } from '../../config/document/cluster.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { openStore } from '../../store.ts'
import type { Folders } from './folders.ts'
import { forgetCluster, returnTo } from './former.ts'
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

/** What a machine that has joined is. */
export type Past = {
  joined: Joined
  /** Undefined while it has never met one. */
  cluster: Cluster | undefined
  /** It has met no cluster, and has given its word for the birth of none: whatever it was told may be told anew. */
  free: boolean
  /** host:port of the members that it saw last. */
  members: string[]
}

/** Makes no file. */
export function recallPast(folders: Folders): Past | undefined {
  if (!existsSync(storePath(folders))) return undefined
  return inMemory(folders, (memory) => {
    const joined = memory.recall('joined')
    if (!joined) return undefined
    const [ensemble, acceptor] = [memory.recall('ensemble'), memory.recall('acceptor')]
    const cluster = memory.recall('cluster') ?? (ensemble?.kind === 'managed' ? ensemble.cluster : undefined)
    const bound = acceptor?.accepted !== undefined || acceptor?.decided !== undefined
    const free = cluster === undefined && !bound && memory.recall('document') === undefined
    return { joined, cluster, free, members: memory.recall('members') ?? [] }
  })
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

/** What it was told is told anew. What it has promised to others holds where they are. */
export function forgetJoined(folders: Folders): void {
  const store = openStore(storePath(folders))
  try {
    forgetCluster(store, openMemory(store))
  } finally {
    store.close()
  }
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
