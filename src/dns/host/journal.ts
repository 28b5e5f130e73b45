import type { Store } from '../../store.ts'
import type { Entry } from './disk.ts'
import type { Change, Wanted } from './wanted.ts'

/**
 * What is being done to this machine, written before it is done: `doing` → `done` → `undoing` → no record. After a
 * crash the record tells what may have changed, and what was there.
 */
export type Journaled = {
  phase: 'doing' | 'done' | 'undoing'
  wanted: Wanted
  change: Change
  file?: {
    path: string
    before: Entry
    after: Entry
    /** Folders that were missing, outermost first. */
    madeFolders: string[]
  }
}

/** Keeps at most one record. */
export type Journal = {
  read(): Journaled | undefined
  /** On disk when it returns. */
  write(record: Journaled): void
  clear(): void
}

export function openJournal(store: Store): Journal {
  store.run(
    'CREATE TABLE IF NOT EXISTS host_lookups (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)',
  )
  return {
    read() {
      const row = store.query<{ record: string }, []>('SELECT record FROM host_lookups').get()
      return row === null ? undefined : (JSON.parse(row.record, fromJson) as Journaled)
    },
    write(record) {
      store.run('INSERT OR REPLACE INTO host_lookups (id, record) VALUES (1, ?)', [
        JSON.stringify(record, toJson),
      ])
    },
    clear() {
      store.run('DELETE FROM host_lookups')
    },
  }
}

/** Buffers come as Node's own JSON form; base64 is a fifth of its size. */
function toJson(key: string, value: unknown): unknown {
  if (key !== 'bytes' || typeof value !== 'object' || value === null || !('data' in value)) return value
  return Array.isArray(value.data) ? Buffer.from(value.data).toString('base64') : value
}

function fromJson(key: string, value: unknown): unknown {
  return key === 'bytes' && typeof value === 'string' ? Buffer.from(value, 'base64') : value
}
