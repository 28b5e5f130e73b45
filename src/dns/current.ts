import type { Clock } from '../clock.ts'
import type { DnsConfig } from '../config/dns.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Counters } from './counters.ts'
import type { Kept } from './load/keep.ts'
import type { Loaded, Served, Told } from './load/load.ts'
import type { Skip } from './state/model.ts'
import { countOf, unencodableOf } from './table/read.ts'
import type { Contents } from './table/table.ts'
import { type Journal, openJournal } from './transfer/journal.ts'
import { openZone } from './zone/open.ts'
import type { Zone } from './zone/zone.ts'

export type ResolverStatus = {
  /** Unix time of the last good load, in ms. */
  loadedAt?: number
  /** `HOST:PORT` of the master that gave the records. */
  leader?: string
  serial: number
  records: number
  /** The last good records are served, but could not be loaded anew. */
  stale: boolean
  /** Entries of the state that could not be used, and names that no DNS message can hold. */
  skipped: number
  lastError?: string
}

/** The records that are served, and how they became so. */
export type Current = {
  /** Undefined before the first load. */
  contents(): Contents | undefined
  /** Undefined too when the records are too old to be served. */
  zone(): Zone | undefined
  status(): ResolverStatus
  journal: Pick<Journal, 'since'>
  /** A load ended well; undefined: with the same records. */
  loaded(records: Loaded | undefined): void
  failed(error: unknown): void
  /** What becomes of the records between two loads. */
  hear(told: Exclude<Told, { kind: 'wanted' }>): void
}

const leftOut = 'left an entry of the state out'

export function openCurrent(
  kept: Kept | undefined,
  deps: {
    config: DnsConfig
    counters: Counters
    clock: Clock
    log: Log
    /** The secondaries are to hear of another serial. */
    notify: () => void
    /** The status is another one. */
    onChange: () => void
  },
): Current {
  const { config, counters, clock, log, onChange } = deps
  const journal = openJournal()
  let contents: Contents | undefined
  let zone: Zone | undefined
  let status: ResolverStatus = { serial: 0, records: 0, stale: false, skipped: 0 }
  let skippedEntries = 0
  let seenSkips = new Set<string>()
  if (kept) restore(kept)

  function restore({ meta, contents: records }: Kept): void {
    const { serial, loadedAt, from, skippedCount } = meta
    contents = records
    zone = openZone(records, serial, config)
    skippedEntries = skippedCount
    const skipped = skippedEntries + unencodableOf(records)
    status = { serial, loadedAt, leader: from, records: countOf(records), stale: true, skipped }
    log.info(
      { records: status.records, loadedAt },
      'serving the records of the last run until a master answers',
    )
  }

  function tooOld(): boolean {
    const { loadedAt = 0 } = status
    return config.maximumAge > 0 && clock.now() - loadedAt > config.maximumAge * 1000
  }

  /** @param names the only ones that have changed, when that is known */
  function serve({ contents: next, serial, changes }: Served, names?: string[]): void {
    if (changes && serial !== status.serial) journal.add({ from: status.serial, to: serial, ...changes })
    if (serial !== status.serial) deps.notify()
    contents = next
    zone = names && zone ? zone.amended(contents, serial, names) : openZone(contents, serial, config)
    const skipped = skippedEntries + unencodableOf(contents)
    status = { ...status, serial, records: countOf(contents), skipped }
  }

  /** Each once, as long as it lasts. */
  function logSkipped(skips: Skip[]): void {
    const now = new Set(skips.map(({ what, why }) => `${what}: ${why}`))
    for (const text of now) if (!seenSkips.has(text)) log.warn({ entry: text }, leftOut)
    seenSkips = now
  }

  return {
    contents: () => contents,
    zone: () => (tooOld() ? undefined : zone),
    status: () => status,
    journal,
    loaded(records) {
      if (records) {
        if (status.lastError !== undefined)
          log.info({ leader: records.from }, 'the state of the cluster is loaded again')
        skippedEntries = records.skippedCount
        serve(records)
        logSkipped(records.skipped)
        status = { ...status, leader: records.from }
      }
      const { lastError: _, ...good } = status
      status = { ...good, loadedAt: clock.now(), stale: false }
      counters.loads.good++
      onChange()
    },
    failed(error) {
      counters.loads.failed++
      const lastError = messageOf(error)
      if (lastError !== status.lastError)
        log.warn({ error: lastError }, 'cannot load the state of the cluster')
      status = { ...status, stale: zone !== undefined, lastError }
      onChange()
    },
    hear(told) {
      if (told.kind === 'following') {
        counters.following = told.live
        log.debug(told, told.live ? 'the event stream is followed' : 'the event stream broke off')
      } else if (told.kind === 'missed') {
        counters.missed += told.names
        log.warn({ names: told.names }, 'the event stream has not told of all changes')
      } else if (told.kind === 'rebuilt') {
        contents = { table: told.table }
        zone = zone?.amended(contents, status.serial, [])
      } else if (contents) {
        skippedEntries += told.skipped.length
        serve({ ...told, contents: { table: contents.table, patch: told.patch } }, told.names)
        for (const { what, why } of told.skipped) log.warn({ entry: `${what}: ${why}` }, leftOut)
        onChange()
      }
    },
  }
}
