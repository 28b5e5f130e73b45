import type { DnsConfig } from '../../config/dns.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import { packTable, unpackTable } from '../table/pack.ts'
import type { Contents, Patch, Table } from '../table/table.ts'

/** What is remembered of a load beside its records. */
export type KeptMeta = { serial: number; loadedAt: number; from: string; skippedCount: number }
export type Kept = { meta: KeptMeta; contents: Contents }

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
  for (const table of ['dns_records', 'dns_patch'])
    store.run(
      `CREATE TABLE IF NOT EXISTS ${table} (domain TEXT PRIMARY KEY, settings TEXT, meta TEXT, content BLOB) STRICT`,
    )
}

type Row = { settings: string; meta: string; content: Uint8Array }

/** The last good records of an earlier run; undefined when there are none that can be used. */
export function restoreKept(store: Store, config: DnsConfig, log: Log): Kept | undefined {
  try {
    prepare(store)
    const read = (table: string) =>
      store
        .query<Row, [string]>(`SELECT settings, meta, content FROM ${table} WHERE domain = ?`)
        .get(config.domain)
    const row = read('dns_records')
    if (!row || row.settings !== fingerprint(config)) return undefined
    const table = unpackTable(row.content)
    const patch = read('dns_patch')
    if (!patch) return { meta: JSON.parse(row.meta), contents: { table } }
    const { owners, hidden, ...meta }: PatchMeta = JSON.parse(patch.meta)
    // JSON knows no undefined.
    const known = new Map(owners.map(([address, name]) => [address, name ?? undefined]))
    return { meta, contents: { table, patch: { table: unpackTable(patch.content), owners: known, hidden } } }
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'cannot use the records of the last run')
    return undefined
  }
}

type PatchMeta = KeptMeta & { owners: [string, string | null][]; hidden: Patch['hidden'] }

/** Writes records at most so often, in ms, and the larger tables less often. */
const smallEveryMs = 1_000
const largeEveryMs = 30_000
const largeRecords = 10_000

export type Keeper = {
  keep(contents: Contents, meta: KeptMeta): void
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
  const settings = fingerprint(config)
  const insert = (table: string) =>
    store.query(`INSERT OR REPLACE INTO ${table} (domain, settings, meta, content) VALUES (?, ?, ?, ?)`)
  const forget = store.query('DELETE FROM dns_patch WHERE domain = ?')
  let next: { contents: Contents; meta: KeptMeta } | undefined
  let written: Table | undefined
  let waiting = false
  let writtenAt = Number.NEGATIVE_INFINITY
  let tableAt = Number.NEGATIVE_INFINITY

  /** A patch belongs to the table that it was made for: both are written in one transaction. */
  const put = store.transaction(({ table, patch }: Contents, meta: KeptMeta) => {
    if (written !== table)
      insert('dns_records').run(config.domain, settings, JSON.stringify(meta), packTable(table))
    forget.run(config.domain)
    if (!patch) return
    const owners = Array.from(patch.owners, ([address, name]): [string, string | null] => [
      address,
      name ?? null,
    ])
    const patchMeta: PatchMeta = { ...meta, owners, hidden: patch.hidden }
    insert('dns_patch').run(config.domain, settings, JSON.stringify(patchMeta), packTable(patch.table))
  })

  /** In ms; what is served comes first. */
  function waitFor({ table }: Contents): number {
    const large = table !== written && table.first.length > largeRecords
    return Math.max(0, large ? tableAt + largeEveryMs - now() : writtenAt + smallEveryMs - now())
  }

  function writeWhenDue(): void {
    waiting = false
    if (!next) return
    const wait = waitFor(next.contents)
    if (wait > 0) schedule(wait)
    else write()
  }

  function schedule(ms: number): void {
    waiting = true
    after(ms, writeWhenDue)
  }

  function write(): void {
    if (!next) return
    const { contents, meta } = next
    next = undefined
    writtenAt = now()
    if (contents.table !== written) tableAt = writtenAt
    try {
      put(contents, meta)
      written = contents.table
    } catch (error) {
      onError(error)
    }
  }

  return {
    flush: write,
    keep(contents, meta) {
      next = { contents, meta }
      if (!waiting) schedule(waitFor(contents))
    },
  }
}
