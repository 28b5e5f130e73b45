import type { Store } from '../../store.ts'
import type { ServiceName } from './spec.ts'

/** The services that somebody stopped: they stay so until somebody starts them, through restarts and reboots. */
export type StopsByHand = {
  has(name: ServiceName): boolean
  add(name: ServiceName): void
  remove(name: ServiceName): void
}

export function openStopsByHand(store: Store): StopsByHand {
  store.run('CREATE TABLE IF NOT EXISTS stopped_by_hand (name TEXT PRIMARY KEY) STRICT')
  return {
    has: (name) => store.query('SELECT 1 FROM stopped_by_hand WHERE name = ?').get(name) !== null,
    add: (name) => store.query('INSERT OR IGNORE INTO stopped_by_hand VALUES (?)').run(name),
    remove: (name) => store.query('DELETE FROM stopped_by_hand WHERE name = ?').run(name),
  }
}
