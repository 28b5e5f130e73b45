import type { DnsConfig } from '../../config/dns.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import { packTable, unpackTable } from '../table/pack.ts'
import type { Table } from '../table/table.ts'

/** What is remembered of a load beside its records. */
export type KeptMeta = { serial: number; loadedAt: number; from: string; skippedCount: number }
export type Kept = { meta: KeptMeta; table: Table }

/** Records depend on these settings: others make the kept ones worthless. */
function fingerprint(config: DnsConfig): string {
  const { ipSources, enforceRFC952, shortenLabels, healthAware, respectVisibility, listener, soaMname } =
    config
  const { networks, networkLabel, priorityLabel, weightLabel, srvRecordDefaultWeight, records } = config
  return JSON.stringify([
    ...[ipSources, enforceRFC952, shortenLabels, healthAware, respectVisibility, listener, soaMname ?? ''],
    ...[networks, networkLabel, priorityLabel, weightLabel, srvRecordDefaultWeight, records],
    config.transferFrom,
  ])
}

function prepare(store: Store): void {
  store.run(
    'CREATE TABLE IF NOT EXISTS dns_records (domain TEXT PRIMARY KEY, settings TEXT, meta TEXT, content BLOB) STRICT',
  )
}

/** The last good records of an earlier run; undefined when there are none that can be used. */
export function restoreKept(store: Store, config: DnsConfig, log: Log): Kept | undefined {
  try {
    prepare(store)
    const row = store
      .query<{ settings: string; meta: string; content: Uint8Array }, [string]>(
        'SELECT settings, meta, content FROM dns_records WHERE domain = ?',
      )
      .get(config.domain)
    if (!row || row.settings !== fingerprint(config)) return undefined
    return { meta: JSON.parse(row.meta), table: unpackTable(row.content) }
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'cannot use the records of the last run')
    return undefined
  }
}

/** Writes records at most so often, in ms, and the larger ones less often. */
const smallEveryMs = 1_000
const largeEveryMs = 30_000
const largeBytes = 1024 * 1024

export type Keeper = {
  keep(table: Table, meta: KeptMeta): void
  /** Writes what waits, now. */
  flush(): void
}

/** Keeps the newest records on disk; `now` is monotonic, `after` a timer. */
export function openKeeper(
  store: Store,
  config: DnsConfig,
  {
    now,
    after,
    onError,
  }: { now: () => number; after: (ms: number, run: () => void) => void; onError: (error: unknown) => void },
): Keeper {
  prepare(store)
  const insert = store.query(
    'INSERT OR REPLACE INTO dns_records (domain, settings, meta, content) VALUES (?, ?, ?, ?)',
  )
  let next: { packed: Uint8Array; meta: KeptMeta } | undefined
  let waiting = false
  let writtenAt = Number.NEGATIVE_INFINITY

  function write(): void {
    waiting = false
    if (!next) return
    writtenAt = now()
    try {
      insert.run(config.domain, fingerprint(config), JSON.stringify(next.meta), next.packed)
    } catch (error) {
      onError(error)
    }
    next = undefined
  }

  return {
    flush: write,
    keep(table, meta) {
      next = { packed: packTable(table), meta }
      if (waiting) return
      const every = next.packed.length > largeBytes ? largeEveryMs : smallEveryMs
      const wait = writtenAt + every - now()
      if (wait <= 0) return write()
      waiting = true
      after(wait, write)
    },
  }
}
