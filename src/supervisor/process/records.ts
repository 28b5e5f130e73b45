import type { Store } from '../../store.ts'
import type { ServiceName } from '../service/spec.ts'
import type { ProcessId } from './proc.ts'

/** What was meant to be started (the token), and what was (the identity, once it is known). */
export type ProcessRecord = { name: ServiceName; token: string; digest: string; id?: ProcessId }

export type Records = {
  get(name: ServiceName): ProcessRecord | undefined
  all(): ProcessRecord[]
  /** On disk when it returns; throws when it cannot be, and then nothing may be started. */
  put(record: ProcessRecord): void
  remove(name: ServiceName): void
}

type Row = {
  name: ServiceName
  token: string
  digest: string
  pid: number | null
  start_time: string
  boot_id: string
}

export function openRecords(store: Store): Records {
  store.run(
    `CREATE TABLE IF NOT EXISTS processes (
      name TEXT PRIMARY KEY, token TEXT NOT NULL, digest TEXT NOT NULL,
      pid INTEGER, start_time TEXT NOT NULL DEFAULT '', boot_id TEXT NOT NULL DEFAULT ''
    ) STRICT`,
  )
  const read = ({ name, token, digest, pid, start_time, boot_id }: Row): ProcessRecord => ({
    name,
    token,
    digest,
    ...(pid === null ? {} : { id: { pid, startTime: start_time, bootId: boot_id } }),
  })
  return {
    get(name) {
      const row = store.query<Row, [string]>('SELECT * FROM processes WHERE name = ?').get(name)
      return row ? read(row) : undefined
    },
    all: () => store.query<Row, []>('SELECT * FROM processes').all().map(read),
    put({ name, token, digest, id }) {
      store
        .query('INSERT OR REPLACE INTO processes VALUES (?, ?, ?, ?, ?, ?)')
        .run(name, token, digest, id?.pid ?? null, id?.startTime ?? '', id?.bootId ?? '')
    },
    remove(name) {
      store.query('DELETE FROM processes WHERE name = ?').run(name)
    },
  }
}
