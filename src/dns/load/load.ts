import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import type { DnsConfig } from '../../config/dns.ts'
import { messageOf } from '../../error.ts'
import { upstreams } from '../forward/upstreams.ts'
import { openAccess } from '../master/access.ts'
import { fetchState } from '../master/fetch.ts'
import { buildRecords, detailsFor } from '../records/build.ts'
import { hostNames } from '../records/hosts.ts'
import type { Skip } from '../state/model.ts'
import type { Table } from '../table/table.ts'
import { type KnownZone, pullZone } from '../transfer/pull.ts'
import { type Changes, changesBetween } from '../transfer/records.ts'
import { primaryName } from '../zone/soa.ts'

export type LoadRequest = {
  /** `HOST:PORT`, leader first. */
  masters: string[]
  /** The resolver's own addresses. */
  ownAddresses: string[]
}

/** What came of one load. */
export type Loaded = {
  table: Table
  /** `HOST:PORT` of the master that gave the state. */
  from: string
  /** That master offers the operator event stream. */
  modern: boolean
  /** How many entries were left out, and the first of them. */
  skippedCount: number
  skipped: Skip[]
  /** What changed since the load before; absent when that is not known. */
  changes?: Changes
}

/** Undefined: nothing has changed since the last load. Rejects with the reason when nobody gave anything usable. */
export type Load = (request: LoadRequest, signal: AbortSignal) => Promise<Loaded | undefined>

/** Addresses of host names; those that have none may be absent. */
export type ResolveHosts = (hosts: string[]) => Promise<ReadonlyMap<string, string[]>>

const mostStateBytes = 1024 * 1024 * 1024
/** Skipped entries that are handed on; the others are only counted. */
const mostSkips = 1000

/**
 * Fetches the state of the cluster, reads it, and makes its records.
 * @throws MeshboxError when a certificate or a credential cannot be read
 */
export function openLoad(config: DnsConfig, resolveHosts: ResolveHosts, clock: Clock): Load {
  if (config.transferFrom.length > 0) return openPull(config)
  const access = openAccess(config, clock)
  const timeoutMs = config.stateTimeoutSeconds * 1000
  const details = detailsFor(config)
  let before: Table | undefined
  return async ({ masters, ownAddresses }, signal) => {
    const { state, from } = await fetchState(masters, {
      timeoutMs,
      maxBytes: mostStateBytes,
      access,
      signal,
      now: clock.now,
      details,
    })
    const names = hostNames(state, masters)
    const around = {
      masters,
      hosts: names.length === 0 ? new Map<string, string[]>() : await resolveHosts(names),
      ownAddresses,
      ownName: primaryName(config).toLowerCase(),
    }
    const { table, skipped } = buildRecords(state, around, config)
    const changes = before ? changesBetween(before, table, config) : undefined
    // The table itself goes to another thread.
    before = config.transferTo.length > 0 ? structuredClone(table) : undefined
    return {
      table,
      from,
      modern: state.modern,
      skippedCount: skipped.length,
      skipped: skipped.slice(0, mostSkips),
      ...(changes ? { changes } : {}),
    }
  }
}

/** The zone comes from other name servers instead: from the first that gives it. */
function openPull(config: DnsConfig): Load {
  const primaries = upstreams(config.transferFrom)
  const options = { ...config, timeoutMs: config.stateTimeoutSeconds * 1000 }
  let known: KnownZone | undefined
  return async () => {
    let failure: unknown
    for (const primary of primaries) {
      try {
        const pulled = await pullZone(primary, known, options)
        if (!pulled) return undefined
        const { table, from, skipped: skippedCount } = pulled
        const changes =
          known && config.transferTo.length > 0 ? changesBetween(known.table, table, config) : undefined
        // The table itself goes to another thread.
        known = { ...pulled, table: structuredClone(table) }
        return { table, from, modern: false, skippedCount, skipped: [], ...(changes ? { changes } : {}) }
      } catch (error) {
        failure = new Error(
          `cannot take ${config.domain} from ${joinHostPort(primary.address, primary.port)}: ${messageOf(error)}`,
        )
      }
    }
    throw failure
  }
}
