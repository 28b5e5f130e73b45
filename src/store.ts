import { Database } from 'bun:sqlite'
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { MeshboxError, messageOf } from './error.ts'

/** This machine's own memory: what must survive a restart of meshbox and is nobody else's business. */
export type Store = Database

/**
 * Opens (or makes) the SQLite file; `:memory:` is none. A commit is on disk when it returns. Rooms create the tables that
 * they own.
 */
export function openStore(path: string): Store {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true })
    // What machines are told may hold secrets; the files that SQLite puts beside it get the same mode.
    closeSync(openSync(path, 'a', 0o600))
    chmodSync(path, 0o600)
  }
  const store = new Database(path, { create: true, strict: true })
  try {
    return settled(store)
  } catch (cause) {
    store.close()
    throw new MeshboxError({
      code: 'store-unreadable',
      message: `cannot read ${path}: ${messageOf(cause)}`,
      hint: 'meshbox doctor --fix',
      cause,
    })
  }
}

function settled(store: Store): Store {
  // First: to open it may have to wait for one that is just being closed.
  store.run('PRAGMA busy_timeout = 5000')
  store.run('PRAGMA journal_mode = WAL')
  store.run('PRAGMA synchronous = FULL')
  return store
}

/** Replaces a file as a whole: after a crash at any point there is the old content or the new one, never a part. */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(draft, 'w', mode)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
