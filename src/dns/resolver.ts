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
import { openLoader, type Served, type Told } from './load/load.ts'
import { openLoadThread } from './load/thread.ts'
import { electedMasters, listedMasters } from './master/masters.ts'
import { openReloader } from './master/reload.ts'
import { rcode } from './message/codes.ts'
import { type LookUp, openHostCache, systemLookUp } from './records/hosts.ts'
import { listRecords, type ZoneRecord } from './records/list.ts'
import { listTasks, type TaskList, type TaskWish } from './records/tasks.ts'
import type { Skip } from './state/model.ts'
import { openTable } from './table/build.ts'
import { countOf, unencodableOf } from './table/read.ts'
import type { Contents } from './table/table.ts'
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
  /** Running tasks by their names, a page of them. */
  tasks(wish: TaskWish): Promise<TaskList>
  /** Its numbers as Prometheus reads them. */
  metrics(): Promise<string>
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

/** What calls for a load within this time shares one, in ms. */
const gatherMs = 200
const leftOut = 'left an entry of the state out'

/**
 * Serves the names of a cluster on `config.listener`, and keeps them current. Resolves once the port is bound; until the
 * first load every name of the domain is answered SERVFAIL.
 * @throws MeshboxError (exit 1) when a port cannot be bound or a file cannot be read
 */
export async function startResolver(deps: ResolverDeps): Promise<Resolver> {
  const { config, source, clock, log, onChange = () => {}, random = Math.random } = deps
  let contents: Contents | undefined
  let zone: Zone | undefined
  let status: ResolverStatus = { serial: 0, records: 0, stale: false, skipped: 0 }
  let skippedEntries = 0
  let seenSkips = new Set<string>()
  const counters = openCounters()
  const journal = openJournal()
  const notifier = openNotifier(config.domain, upstreams(config.notify), clock, log)

  const kept = deps.store ? restoreKept(deps.store, config, log) : undefined
  if (kept) {
    const { serial, loadedAt, from, skippedCount } = kept.meta
    contents = kept.contents
    zone = openZone(contents, serial, config)
    skippedEntries = skippedCount
    const skipped = skippedEntries + unencodableOf(contents)
    status = { serial, loadedAt, leader: from, records: countOf(contents), stale: true, skipped }
    log.info(
      { records: status.records, loadedAt },
      'serving the records of the last run until a master answers',
    )
  }

  const own = deps.addresses ?? machineAddresses
  const any = config.listener === '0.0.0.0' || config.listener === '::'
  const hosts = openHostCache(deps.lookUp ?? systemLookUp, clock)
  const loading = { resolveHosts: (names: string[]) => hosts.resolve(names), clock, tell: hear }
  const here = openLoader(config, loading)
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
        contents
          ? answerTransfer(query, tcp, { contents, serial: status.serial, journal, options: config })
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
  const metrics = openMetrics(counters, () => status)
  const api = dnsApi(listingOf(), config, deps.origin ?? originOf(source))
  const http = openHttp()
  const listener = await openDns()

  const thread = openLoadThread(config, here, { ...loading, log, storePath: pathOf(deps.store) })
  const reloader = openReloader({
    everyMs: config.refreshSeconds * 1000,
    gatherMs,
    clock,
    random,
    load: reload,
  })
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
      const { serial } = status
      const loaded = await thread.load({ masters: masters.list(), ownAddresses, serial }, signal)
      if (loaded) {
        if (status.lastError !== undefined)
          log.info({ leader: loaded.from }, 'the state of the cluster is loaded again')
        skippedEntries = loaded.skippedCount
        serve(loaded)
        logSkipped(loaded.skipped)
        status = { ...status, leader: loaded.from }
      }
      confirm()
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

  /** What is served is still so. */
  function confirm(): void {
    const { lastError: _, ...good } = status
    status = { ...good, loadedAt: clock.now(), stale: false }
    onChange()
  }

  /** @param names the only ones that have changed, when that is known */
  function serve({ contents: next, serial, changes }: Served, names?: string[]): void {
    if (changes && serial !== status.serial) journal.add({ from: status.serial, to: serial, ...changes })
    if (serial !== status.serial) notifier.tell()
    contents = next
    zone = names && zone ? zone.amended(contents, serial, names) : openZone(contents, serial, config)
    const skipped = skippedEntries + unencodableOf(contents)
    status = { ...status, serial, records: countOf(contents), skipped }
  }

  /** What becomes of the records between two loads. */
  function hear(told: Told): void {
    if (told.kind === 'wanted') reloader.trigger()
    else if (told.kind === 'following') {
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
    const empty = { table: openTable(config.domain).finish() }
    return {
      serial: () => status.serial,
      loadedAgo: () => (status.loadedAt === undefined ? undefined : clock.now() - status.loadedAt),
      stale: () => status.stale,
      ready: () => zone !== undefined && !tooOld(),
      status: () => status,
      metrics,
      hosts: (name: string) => hostsOf(contents ?? empty, name),
      services: (name: string, asked: string) => servicesOf(contents ?? empty, name, asked, random),
      transfer: () => transferOf(contents ?? empty, config, status.serial),
      // Whose each record is only the table tells.
      async enumeration() {
        if (contents?.patch) await thread.settle()
        return enumerationOf((contents ?? empty).table)
      },
    }
  }

  /** Each once, as long as it lasts. */
  function logSkipped(skips: Skip[]): void {
    const now = new Set(skips.map(({ what, why }) => `${what}: ${why}`))
    for (const text of now) if (!seenSkips.has(text)) log.warn({ entry: text }, leftOut)
    seenSkips = now
  }

  return {
    status: () => status,
    records: () => (contents ? listRecords(contents, config) : []),
    async tasks(wish) {
      if (!contents) return { total: 0, tasks: [] }
      return listTasks(contents, config.domain, wish, () => new Promise((done) => setImmediate(done)))
    },
    metrics: metrics.text,
    port: listener?.port ?? 0,
    refresh: () => reloader.refresh(),
    async close() {
      masters.stop()
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
