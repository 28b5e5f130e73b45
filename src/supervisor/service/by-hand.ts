import { MeshboxError, messageOf } from '../../error.ts'
import type { Store } from '../../store.ts'
import type { ServiceName } from './spec.ts'

/** The services that somebody stopped: they stay so until somebody starts them, through restarts and reboots. */
export type StopsByHand = {
  has(name: ServiceName): boolean
  /** @throws MeshboxError when it cannot be written down, as `remove` does; then it is as it was */
  add(name: ServiceName): void
  remove(name: ServiceName): void
}

export function openStopsByHand(store: Store): StopsByHand {
  store.run('CREATE TABLE IF NOT EXISTS stopped_by_hand (name TEXT PRIMARY KEY) STRICT')
  return {
    has: (name) => store.query('SELECT 1 FROM stopped_by_hand WHERE name = ?').get(name) !== null,
    add: (name) => write(`stop ${name}`, 'INSERT OR IGNORE INTO stopped_by_hand VALUES (?)', name),
    remove: (name) => write(`start ${name}`, 'DELETE FROM stopped_by_hand WHERE name = ?', name),
  }

  function write(purpose: string, sql: string, name: ServiceName): void {
    try {
      store.query(sql).run(name)
    } catch (cause) {
      throw new MeshboxError({
        code: 'record-write',
        message: `cannot ${purpose}: that it was wanted cannot be written down: ${messageOf(cause)}`,
        hint: 'make room on the disk of the data directory: `df -h` shows how much there is',
        cause,
      })
    }
  }
}
