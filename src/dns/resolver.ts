import { networkInterfaces } from 'node:os'
import type { Clock } from '../clock.ts'
import { dummyAddress } from '../config/address.ts'
import { type DnsConfig, networkCheck } from '../config/dns.ts'
import type { Session } from '../config/zookeeper/session.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store.ts'
import { openResponder } from './answer/path.ts'
import { openCounters } from './counters.ts'
import { exchange } from './forward/exchange.ts'
import { openForwarder } from './forward/forward.ts'
import { openRateLimit } from './forward/limit.ts'
import { resolvConfServers, routesOf, upstreams } from './forward/upstreams.ts'
import { dnsApi } from './http/app.ts'
import type { ConfigOrigin } from './http/config.ts'
import { enumerationOf, hostsOf, servicesOf, transferOf } from './http/listing.ts'
import { openMetrics } from './http/metrics.ts'
import { serveHttp, serveHttpWhenFree } from './http/serve.ts'
import { listen } from './listen/listen.ts'
import { restoreKept } from './load/keep.ts'
import type { Loaded } from './load/load.ts'
import { openLoadThread } from './load/thread.ts'
import { openAccess } from './master/access.ts'
import { openEvents } from './master/events.ts'
import { electedMasters, listedMasters } from './master/masters.ts'
import { openReloader } from './master/reload.ts'
import { rcode } from './message/codes.ts'
import { type LookUp, openHostCache, systemLookUp } from './records/hosts.ts'
import { listRecords, type ZoneRecord } from './records/list.ts'
import type { Skip } from './state/model.ts'
import { openTable } from './table/build.ts'
import { countOf } from './table/read.ts'
import type { Table } from './table/table.ts'
import { openJournal } from './transfer/journal.ts'
import { openNotifier } from './transfer/notify.ts'
import { answerTransfer } from './transfer/serve.ts'
import { openZone } from './zone/open.ts'
import type { Zone } from './zone/zone.ts'

export type { ZoneRecord } from './records/list.ts'

/** Where the leading master is learned: from Mesos's election in ZooKeeper, or from a list. */
export type MasterSource =
  | {
      kind: 'zookeeper'
      session: Session
      path: string /** Asked until ZooKeeper has told its own. */
      masters?: string[]
    }
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
  /** Shown by `/v1/config`. */
  origin?: ConfigOrigin
  /** An HTTP port in use is an error; otherwise it is waited for. */
  httpRequired?: boolean
}

/** Events of the master within this time share one load, in ms. */
const gatherMs = 200

/**
 * Serves the names of a cluster on `config.listener`, and keeps them current. Resolves once the port is bound; until the
 * first load every name of the domain is answered SERVFAIL.
 * @throws MeshboxError (exit 1) when a port cannot be bound or a file cannot be read
 */
export async function startResolver(deps: ResolverDeps): Promise<Resolver> {
  const { config, source, clock, log, onChange = () => {}, random = Math.random } = deps
  let table: Table | undefined
  let zone: Zone | undefined
  let status: ResolverStatus = { serial: 0, records: 0, stale: false, skipped: 0 }
  let seenSkips = new Set<string>()
  const counters = openCounters()
  const journal = openJournal()
  const notifier = openNotifier(config.domain, upstreams(config.notify), clock, log)

  const kept = deps.store ? restoreKept(deps.store, config, log) : undefined
  if (kept) {
    const { serial, loadedAt, from, skippedCount } = kept.meta
    table = kept.table
    zone = openZone(table, serial, config)
    const skipped = skippedCount + table.unencodable
    status = { serial, loadedAt, leader: from, records: countOf(table), stale: true, skipped }
    log.info(
      { records: status.records, loadedAt },
      'serving the records of the last run until a master answers',
    )
  }

  const own = deps.addresses ?? machineAddresses
  const any = config.listener === '0.0.0.0' || config.listener === '::'
  const access = openAccess(config, clock)
  const routes = routesOf(config, own(), resolvConfServers)
  const respond = openResponder({
    service: {
      domain: config.domain,
      zone: () => (tooOld() ? undefined : zone),
      recursionAvailable: config.recurseOn,
      mayRecurse: networkCheck(config.recursionAllow),
      withinRate: openRateLimit(config.rateLimit, clock.monotonic),
      mayTransfer: networkCheck(config.transferTo),
      notified(address) {
        const ours = upstreams(config.transferFrom).some((primary) => primary.address === address)
        if (ours) reloader.trigger()
        return ours
      },
      transfer: (query, tcp) =>
        table
          ? answerTransfer(query, tcp, { table, serial: status.serial, journal, options: config })
          : { rcode: rcode.servFail },
      forward: openForwarder({
        routes,
        timeoutMs: config.timeout * 1000,
        clock,
        exchange,
        counters: counters.forwarded,
      }),
      refusedForward: () => void counters.forwarded.refused++,
    },
    counters,
    truncateBit: config.setTruncateBit,
    random,
    onError: (error) => log.error({ error: messageOf(error) }, 'cannot answer a query'),
  })
  const api = dnsApi(listingOf(), config, deps.origin ?? originOf(source))
  const http = openHttp()
  const listener = await openDns()

  const hosts = openHostCache(deps.lookUp ?? systemLookUp, clock)
  const thread = openLoadThread({
    config,
    resolveHosts: (names) => hosts.resolve(names),
    clock,
    log,
    storePath: pathOf(deps.store),
  })
  const reloader = openReloader({
    everyMs: config.refreshSeconds * 1000,
    gatherMs,
    clock,
    random,
    load: reload,
  })
  const events = openEvents(access, clock, log, () => reloader.trigger())
  const masters =
    source.kind === 'zookeeper'
      ? electedMasters(source, log, () => reloader.restart())
      : listedMasters(source.masters)
  void reloader.refresh()

  function tooOld(): boolean {
    const { loadedAt = 0 } = status
    return config.maximumAge > 0 && clock.now() - loadedAt > config.maximumAge * 1000
  }

  async function reload(signal: AbortSignal): Promise<boolean> {
    try {
      const ownAddresses = any ? own() : [config.listener]
      const serial = nextSerial()
      const loaded = await thread.load({ masters: masters.list(), ownAddresses }, serial, signal)
      if (loaded) take(loaded, serial)
      else confirm()
      counters.loads.good++
      return true
    } catch (error) {
      if (signal.aborted) return false
      counters.loads.failed++
      const lastError = messageOf(error)
      if (lastError !== status.lastError)
        log.warn({ error: lastError }, 'cannot load the state of the cluster')
      status = { ...status, stale: zone !== undefined, lastError }
      onChange()
      return false
    }
  }

  /** The time, as the original has it, but always growing. */
  function nextSerial(): number {
    return Math.max(status.serial + 1, Math.floor(clock.now() / 1000))
  }

  /** What is served is still so. */
  function confirm(): void {
    const { lastError: _, ...good } = status
    status = { ...good, loadedAt: clock.now(), stale: false }
    onChange()
  }

  /** For secondaries the serial stands still while nothing changes. */
  function take(loaded: Loaded, proposed: number): void {
    const { from: leader, modern, changes } = loaded
    const unchanged = changes !== undefined && changes.removed.length + changes.added.length === 0
    const serial = unchanged ? status.serial : proposed
    if (changes && !unchanged) journal.add({ from: status.serial, to: serial, ...changes })
    if (!unchanged) notifier.tell()
    table = loaded.table
    zone = openZone(table, serial, config)
    logSkipped(loaded.skipped)
    if (status.lastError !== undefined) log.info({ leader }, 'the state of the cluster is loaded again')
    const skipped = loaded.skippedCount + table.unencodable
    status = { loadedAt: clock.now(), leader, serial, records: countOf(table), stale: false, skipped }
    events.follow(modern ? leader : undefined)
    onChange()
  }

  async function openDns() {
    try {
      return config.dnsOn
        ? await listen(config.listener, config.port, respond, {
            clock,
            log,
            addresses: () => [...loopback, ...own()],
          })
        : undefined
    } catch (error) {
      await http?.close()
      throw error
    }
  }

  function openHttp() {
    if (!config.httpOn) return undefined
    const fetch = (request: Request) => api.fetch(request)
    return deps.httpRequired
      ? serveHttp(config.httpListener, config.httpPort, fetch)
      : serveHttpWhenFree(config.httpListener, config.httpPort, fetch, { clock, log })
  }

  function listingOf() {
    const empty = openTable(config.domain).finish()
    return {
      serial: () => status.serial,
      loadedAgo: () => (status.loadedAt === undefined ? undefined : clock.now() - status.loadedAt),
      stale: () => status.stale,
      ready: () => zone !== undefined && !tooOld(),
      status: () => status,
      metrics: openMetrics(counters, () => status),
      hosts: (name: string) => hostsOf(table ?? empty, name),
      services: (name: string, asked: string) => servicesOf(table ?? empty, name, asked, random),
      transfer: () => transferOf(table ?? empty, config, status.serial),
      enumeration: () => enumerationOf(table ?? empty),
    }
  }

  /** Each once, as long as it lasts. */
  function logSkipped(skips: Skip[]): void {
    const now = new Set(skips.map(({ what, why }) => `${what}: ${why}`))
    for (const text of now)
      if (!seenSkips.has(text)) log.warn({ entry: text }, 'left an entry of the state out')
    seenSkips = now
  }

  return {
    status: () => status,
    records: () => (table ? listRecords(table, config) : []),
    port: listener?.port ?? 0,
    refresh: () => reloader.refresh(),
    async close() {
      masters.stop()
      events.stop()
      notifier.stop()
      await reloader.stop()
      await thread.close()
      listener?.close()
      await http?.close()
    },
  }
}

/** Where the loading thread finds the store; one in memory cannot be shared. */
function pathOf(store: Store | undefined): string | undefined {
  return store && store.filename !== '' && store.filename !== ':memory:' ? store.filename : undefined
}

function originOf(source: MasterSource): ConfigOrigin {
  return {
    zk: source.kind === 'zookeeper' ? source.path : '',
    masters: source.kind === 'masters' ? source.masters : [],
    file: '',
  }
}

/** These answer whatever interfaces there are. */
const loopback = ['127.0.0.1', '::1']

/** Every address of this machine that is not a loopback one, on whichever interface (SPEC section 7.3). */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('127.') && address !== '::1' && address !== dummyAddress)
}
