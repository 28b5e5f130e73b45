import type { Store } from '../../store.ts'
import type { ServiceName } from '../service/spec.ts'
import type { Traces } from './apt/install.ts'
import type { Provided } from './choose.ts'

/** What was installed for a program, and for which wish. */
export type Kept = { name: ServiceName; wish: string; provided: Provided; traces: Traces }

export type KeptPackages = {
  get(name: ServiceName): Kept | undefined
  all(): Kept[]
  put(kept: Kept): void
  clear(): void
}

type Row = { name: ServiceName; content: string }

/** What is installed stands in the machine's memory, so that a start needs to ask nobody. */
export function openKept(store: Store): KeptPackages {
  store.run('CREATE TABLE IF NOT EXISTS packages (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT')
  const read = ({ content }: Row): Kept => JSON.parse(content)
  return {
    get(name) {
      const row = store.query<Row, [string]>('SELECT * FROM packages WHERE name = ?').get(name)
      return row ? read(row) : undefined
    },
    all: () => store.query<Row, []>('SELECT * FROM packages').all().map(read),
    put(kept) {
      store.query('INSERT OR REPLACE INTO packages VALUES (?, ?)').run(kept.name, JSON.stringify(kept))
    },
    clear() {
      store.run('DELETE FROM packages')
    },
  }
}
