import { MeshboxError, messageOf } from '../../error.ts'
import type { Store } from '../../store.ts'
import type { ServiceName } from '../service/spec.ts'
import type { ProcessId } from './proc.ts'

/** What was meant to be started (the token), and what was (the identity, once it is known). */
export type ProcessRecord = {
  name: ServiceName
  token: string
  digest: string
  /** Clock ticks since boot. */
  intendedAt: number
  /** Size of its log before the start. */
  logFrom: number
  /** Its command line. */
  command: string[]
  id?: ProcessId
}

export type Records = {
  get(name: ServiceName): ProcessRecord | undefined
  all(): ProcessRecord[]
  /**
   * On disk when it returns.
   * @throws MeshboxError when it cannot be written; then nothing may be started
   */
  put(record: ProcessRecord): void
  /** @throws MeshboxError when that cannot be written */
  remove(name: ServiceName): void
}

type Row = {
  name: ServiceName
  token: string
  digest: string
  intended_at: number
  log_from: number
  pid: number | null
  start_time: string
  boot_id: string
  command: string
}

export function openRecords(store: Store): Records {
  store.run(
    `CREATE TABLE IF NOT EXISTS programs (
      name TEXT PRIMARY KEY, token TEXT NOT NULL, digest TEXT NOT NULL, intended_at INTEGER NOT NULL,
      log_from INTEGER NOT NULL, pid INTEGER, start_time TEXT NOT NULL, boot_id TEXT NOT NULL,
      command TEXT NOT NULL DEFAULT '[]'
    ) STRICT`,
  )
  // Written by a version of meshbox that knew no command lines.
  if (
    !store
      .query<{ name: string }, []>('PRAGMA table_info(programs)')
      .all()
      .some(({ name }) => name === 'command')
  )
    store.run("ALTER TABLE programs ADD COLUMN command TEXT NOT NULL DEFAULT '[]'")
  return {
    get(name) {
      const row = store.query<Row, [string]>('SELECT * FROM programs WHERE name = ?').get(name)
      return row ? recordOf(row) : undefined
    },
    all: () => store.query<Row, []>('SELECT * FROM programs').all().map(recordOf),
    put({ name, token, digest, intendedAt, logFrom, command, id }) {
      const { pid = null, startTime = '', bootId = '' } = id ?? {}
      writing(`the start of ${name}`, () =>
        store
          .query('INSERT OR REPLACE INTO programs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
          .run(name, token, digest, intendedAt, logFrom, pid, startTime, bootId, JSON.stringify(command)),
      )
    },
    remove(name) {
      writing(`the end of ${name}`, () => store.query('DELETE FROM programs WHERE name = ?').run(name))
    },
  }
}

function writing(what: string, write: () => void): void {
  try {
    write()
  } catch (cause) {
    throw new MeshboxError({
      code: 'record-write',
      message: `cannot write down ${what}: ${messageOf(cause)}`,
      hint: 'make room on the disk of the data directory; meshbox tries again by itself',
      cause,
    })
  }
}

function recordOf({
  name,
  token,
  digest,
  intended_at,
  log_from,
  pid,
  start_time,
  boot_id,
  command,
}: Row): ProcessRecord {
  return {
    name,
    token,
    digest,
    intendedAt: intended_at,
    logFrom: log_from,
    command: JSON.parse(command),
    ...(pid === null ? {} : { id: { pid, startTime: start_time, bootId: boot_id } }),
  }
}
