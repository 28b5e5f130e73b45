import { networkInterfaces } from 'node:os'
import type { Clock } from '../clock.ts'
import type { DnsConfig } from '../config/dns.ts'
import type { Session } from '../config/zookeeper/session.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store.ts'
import { openResponder } from './answer/path.ts'
import { listen } from './listen/listen.ts'
import { openEvents } from './master/events.ts'
import { fetchState } from './master/fetch.ts'
import { electedMasters, listedMasters } from './master/masters.ts'
import { openReloader } from './master/reload.ts'
import { buildRecords } from './records/build.ts'
import { hostNames, type LookUp, openHostCache, systemLookUp } from './records/hosts.ts'
import { countRecords, listRecords, type ZoneRecord } from './records/list.ts'
import { emptySets } from './records/sets.ts'
import { buildZone } from './zone/build.ts'
import { primaryName } from './zone/soa.ts'
import type { Zone } from './zone/zone.ts'

export type { ZoneRecord } from './records/list.ts'

/** Where the leading master is learned: from Mesos's election in ZooKeeper, or from a list. */
export type MasterSource =
  | { kind: 'zookeeper'; session: Session; path: string }
  | { kind: 'masters'; masters: string[] }

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

export type Resolver = {
  status(): ResolverStatus
  /** All records, sorted by name, type and data. */
  records(): ZoneRecord[]
  /** The port that DNS is served on. */
  port: number
  /** Loads the state now, and resolves when that has ended, well or not. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export type ResolverDeps = {
  config: DnsConfig
  source: MasterSource
  clock: Clock
  log: Log
  store?: Store
  /** Called when the status is another one. */
  onChange?: () => void
  random?: () => number
  /** This machine's addresses; its own name gets them when it listens on all of them. */
  addresses?: () => string[]
  lookUp?: LookUp
}

/** Events of the master within this time share one load, in ms. */
const gatherMs = 200
const mostStateBytes = 1024 * 1024 * 1024

/**
 * Serves the names of a cluster on `config.listener`, and keeps them current. Resolves once the port is bound; until the
 * first load every name of the domain is answered SERVFAIL.
 * @throws MeshboxError (exit 1) when the port cannot be bound
 */
export async function startResolver(deps: ResolverDeps): Promise<Resolver> {
  const { config, source, clock, log, onChange = () => {}, random = Math.random } = deps
  let zone: Zone | undefined
  let sets = emptySets()
  let status: ResolverStatus = { serial: 0, records: 0, stale: false, skipped: 0 }
  let seenSkips = new Set<string>()

  const service = { domain: config.domain, zone: () => zone, recursionAvailable: config.recurseOn }
  const onError = (error: unknown) => log.error({ error: messageOf(error) }, 'cannot answer a query')
  const respond = openResponder({ service, truncateBit: config.setTruncateBit, random, onError })
  const listener = await listen(config.listener, config.port, respond)

  const hosts = openHostCache(deps.lookUp ?? systemLookUp, clock)
  const reloader = openReloader({ everyMs: config.refreshSeconds * 1000, gatherMs, clock, random, load })
  const events = openEvents(clock, log, () => reloader.trigger())
  const masters =
    source.kind === 'zookeeper'
      ? electedMasters(source, log, () => void reloader.refresh())
      : listedMasters(source.masters)
  void reloader.refresh()

  async function load(signal: AbortSignal): Promise<boolean> {
    try {
      const list = masters.list()
      const timeoutMs = config.stateTimeoutSeconds * 1000
      const { state, from } = await fetchState(list, { timeoutMs, maxBytes: mostStateBytes, signal })
      const found = await hosts.resolve(hostNames(state, list))
      const around = {
        masters: list,
        hosts: found,
        ownAddresses: config.listener === '0.0.0.0' || config.listener === '::' ? own() : [config.listener],
        ownName: primaryName(config).toLowerCase(),
      }
      const built = buildRecords(state, around, config)
      const serial = Math.max(status.serial + 1, Math.floor(clock.now() / 1000))
      sets = built.sets
      zone = buildZone(sets, serial, config)
      const skipped = built.skipped.length + zone.unencodable
      logSkipped(built.skipped)
      if (status.lastError !== undefined) log.info({ from }, 'the state of the cluster is loaded again')
      status = {
        loadedAt: clock.now(),
        leader: from,
        serial,
        records: countRecords(sets),
        stale: false,
        skipped,
      }
      events.follow(state.modern ? from : undefined)
      onChange()
      return true
    } catch (error) {
      if (signal.aborted) return false
      const lastError = messageOf(error)
      if (lastError !== status.lastError)
        log.warn({ error: lastError }, 'cannot load the state of the cluster')
      status = { ...status, stale: zone !== undefined, lastError }
      onChange()
      return false
    }
  }

  function own(): string[] {
    return deps.addresses?.() ?? machineAddresses()
  }

  /** Each once, as long as it lasts. */
  function logSkipped(skips: { what: string; why: string }[]): void {
    const now = new Set(skips.map(({ what, why }) => `${what}: ${why}`))
    for (const text of now)
      if (!seenSkips.has(text)) log.warn({ entry: text }, 'left an entry of the state out')
    seenSkips = now
  }

  return {
    status: () => status,
    records: () => listRecords(sets, config),
    port: listener.port,
    refresh: () => reloader.refresh(),
    async close() {
      masters.stop()
      events.stop()
      await reloader.stop()
      listener.close()
    },
  }
}

/** Every address of every interface that is not loopback (SPEC section 7.3). */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
}
