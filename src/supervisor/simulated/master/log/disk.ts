import { Database } from 'bun:sqlite'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../../../store.ts'
import { emptyReplica, type Replica } from './replica.ts'

/** The replica in a folder of its own, held by one process at a time. */
export type ReplicaDisk = { replica: Replica; save(replica: Replica): void; release(): void }

/** @returns the words of LevelDB about what is in the way, as a text */
export function openReplica(dir: string): ReplicaDisk | string {
  const lock = join(dir, 'LOCK')
  let held: Database
  try {
    mkdirSync(dir, { recursive: true })
    // SQLite's file lock is the kernel's: it goes with the process, however that ends.
    held = new Database(lock, { create: true })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return `IO error: ${lock}: ${code === 'ENOTDIR' || code === 'EEXIST' ? 'Not a directory' : 'Permission denied'}`
  }
  try {
    held.run('BEGIN EXCLUSIVE')
  } catch {
    held.close()
    return `IO error: lock ${lock}: Resource temporarily unavailable`
  }
  const file = join(dir, 'replica.json')
  return {
    replica: read(file),
    save: (replica) => writeFileAtomic(file, JSON.stringify(replica)),
    release: () => held.close(),
  }
}

function read(file: string): Replica {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return emptyReplica
  }
}

/** For `--registry=in_memory`. */
export const replicaInMemory = (): ReplicaDisk => ({
  replica: { ...emptyReplica, status: 'VOTING' },
  save() {},
  release() {},
})
