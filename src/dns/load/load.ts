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
import type { Contents, Patch, Table } from '../table/table.ts'
import { type KnownZone, pullZone } from '../transfer/pull.ts'
import { type Changes, changesBetween } from '../transfer/records.ts'
import { primaryName } from '../zone/soa.ts'
import { type Found, openFollower } from './follow.ts'

export type LoadRequest = {
  /** `HOST:PORT`, leader first. */
  masters: string[]
  /** The resolver's own addresses. */
  ownAddresses: string[]
  /** Of what is served. */
  serial: number
}

/** Records that are served from now on. */
export type Served = {
  contents: Contents
  /** It grows with every change, and is the time where it can (SPEC section 1). */
  serial: number
  /** Entries of the state that were left out: the first of them. */
  skipped: Skip[]
  /** What changed since the records before; absent when that is not known. */
  changes?: Changes
}

/** What came of one load. */
export type Loaded = Served & {
  /** `HOST:PORT` of the master that gave the state. */
  from: string
  /** How many entries were left out. */
  skippedCount: number
}

/** What becomes of the records between two loads. */
export type Told =
  /** `names` are those whose records are others than before. */
  | ({ kind: 'amended'; patch: Patch; names: string[] } & Omit<Served, 'contents'>)
  /** The same records, with nothing left to patch. */
  | { kind: 'rebuilt'; table: Table }
  /** The load found so many names otherwise than the events had told. */
  | { kind: 'missed'; names: number }
  | { kind: 'wanted' }
  | { kind: 'following'; live: boolean; why?: string }

export type Loader = {
  /**
   * Undefined: nothing has changed since the last load. Rejects with the reason when nobody gave anything usable. Until
   * the next load, `tell` is told what becomes of the records.
   */
  load(request: LoadRequest, signal: AbortSignal): Promise<Loaded | undefined>
  /** What was patched becomes part of the table now; `tell` is told before this returns. */
  settle(): void
  stop(): void
}

/** Addresses of host names; those that have none may be absent. */
export type ResolveHosts = (hosts: string[]) => Promise<ReadonlyMap<string, string[]>>

export type LoaderDeps = { resolveHosts: ResolveHosts; clock: Clock; tell: (told: Told) => void }

const mostStateBytes = 1024 * 1024 * 1024
/** Skipped entries that are handed on; the others are only counted. */
const mostSkips = 1000

/**
 * Gets the records of the cluster: from other name servers, or by its state and the events of its master.
 * @throws MeshboxError when a certificate or a credential cannot be read
 */
export function openLoader(config: DnsConfig, deps: LoaderDeps): Loader {
  return config.transferFrom.length > 0 ? openPull(config, deps.clock) : openMasters(config, deps)
}

/** Serials grow, whoever gave the last one; while nothing changes they stand still, where secondaries look at them. */
function openSerials(clock: Clock) {
  let last = 0
  return {
    atLeast: (serial: number) => {
      last = Math.max(last, serial)
    },
    next(changes?: Changes) {
      const unchanged = changes !== undefined && changes.removed.length + changes.added.length === 0
      if (!unchanged) last = Math.max(last + 1, Math.floor(clock.now() / 1000))
      return last
    },
  }
}

function openMasters(config: DnsConfig, { resolveHosts, clock, tell }: LoaderDeps): Loader {
  const access = openAccess(config, clock)
  const timeoutMs = config.stateTimeoutSeconds * 1000
  const details = detailsFor(config)
  const serials = openSerials(clock)
  let current: Contents | undefined

  /** For secondaries; nobody else asks. */
  function changesTo(contents: Contents): { changes?: Changes } {
    const before = current
    current = contents
    return before && config.transferTo.length > 0 ? { changes: changesBetween(before, contents, config) } : {}
  }

  const follower = openFollower(config, {
    access,
    clock,
    says: {
      amended(contents, names, skipped) {
        const { changes } = changesTo(contents)
        const serial = serials.next(changes)
        tell({
          kind: 'amended',
          patch: contents.patch,
          names,
          serial,
          skipped,
          ...(changes ? { changes } : {}),
        })
      },
      rebuilt(table) {
        current = { table }
        tell({ kind: 'rebuilt', table })
      },
      missed: (names) => tell({ kind: 'missed', names }),
      wanted: () => tell({ kind: 'wanted' }),
      following: (live, why) => tell({ kind: 'following', live, ...(why === undefined ? {} : { why }) }),
    },
  })

  async function find({ masters, ownAddresses }: LoadRequest, signal: AbortSignal): Promise<Found> {
    const options = { timeoutMs, maxBytes: mostStateBytes, access, signal, now: clock.now, details }
    const { state, from } = await fetchState(masters, options)
    const names = hostNames(state, masters)
    const around = {
      masters,
      hosts: names.length === 0 ? new Map<string, string[]>() : await resolveHosts(names),
      ownAddresses,
      ownName: primaryName(config).toLowerCase(),
    }
    const begin = clock.monotonic()
    const built = buildRecords(state, around, config)
    return { state, from, built, tookMs: clock.monotonic() - begin, around }
  }

  return {
    async load(request, signal) {
      follower.begin()
      serials.atLeast(request.serial)
      try {
        const found = await find(request, signal)
        const { table, skipped } = found.built
        follower.loaded(found)
        const { changes } = changesTo({ table })
        return {
          contents: { table },
          serial: serials.next(changes),
          from: found.from,
          skippedCount: skipped.length,
          skipped: skipped.slice(0, mostSkips),
          ...(changes ? { changes } : {}),
        }
      } catch (error) {
        follower.failed()
        throw error
      }
    },
    settle: () => follower.settle(),
    stop: () => follower.stop(),
  }
}

/** The zone comes from other name servers instead: from the first that gives it. */
function openPull(config: DnsConfig, clock: Clock): Loader {
  const primaries = upstreams(config.transferFrom)
  const options = { ...config, timeoutMs: config.stateTimeoutSeconds * 1000 }
  const serials = openSerials(clock)
  let known: KnownZone | undefined

  async function load({ serial }: LoadRequest): Promise<Loaded | undefined> {
    serials.atLeast(serial)
    let failure: unknown
    for (const primary of primaries) {
      try {
        const pulled = await pullZone(primary, known, options)
        if (!pulled) return undefined
        const { table, from, skipped: skippedCount } = pulled
        const changes =
          known && config.transferTo.length > 0
            ? changesBetween({ table: known.table }, { table }, config)
            : undefined
        known = pulled
        return {
          contents: { table },
          serial: serials.next(changes),
          from,
          skippedCount,
          skipped: [],
          ...(changes ? { changes } : {}),
        }
      } catch (error) {
        failure = new Error(
          `cannot take ${config.domain} from ${joinHostPort(primary.address, primary.port)}: ${messageOf(error)}`,
        )
      }
    }
    throw failure
  }
  return { load, settle: () => {}, stop: () => {} }
}
