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
import { openCurrent, type ResolverStatus } from './current.ts'
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
import { openLoader, type Told } from './load/load.ts'
import { openLoadThread } from './load/thread.ts'
import { electedMasters, listedMasters } from './master/masters.ts'
import { openReloader } from './master/reload.ts'
import { rcode } from './message/codes.ts'
import { type LookUp, openHostCache, systemLookUp } from './records/hosts.ts'
import { listRecords, type ZoneRecord } from './records/list.ts'
import { listTasks, type TaskList, type TaskWish } from './records/tasks.ts'
import { openTable } from './table/build.ts'
import { openNotifier } from './transfer/notify.ts'
import { answerTransfer } from './transfer/serve.ts'

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

/**
 * Serves the names of a cluster on `config.listener`, and keeps them current. Resolves once the port is bound; until the
 * first load every name of the domain is answered SERVFAIL.
 * @throws MeshboxError (exit 1) when a port cannot be bound or a file cannot be read
 */
export async function startResolver(deps: ResolverDeps): Promise<Resolver> {
  const { config, source, clock, log, onChange = () => {}, random = Math.random } = deps
  const counters = openCounters()
  const notifier = openNotifier(config.domain, upstreams(config.notify), clock, log)
  const kept = deps.store ? restoreKept(deps.store, config, log) : undefined
  const current = openCurrent(kept, { config, counters, clock, log, notify: notifier.tell, onChange })
  const { contents, status } = current

  const own = deps.addresses ?? machineAddresses
  const any = config.listener === '0.0.0.0' || config.listener === '::'
  const hosts = openHostCache(deps.lookUp ?? systemLookUp, clock)
  const loading = { resolveHosts: (names: string[]) => hosts.resolve(names), clock, tell: hear }
  const here = openLoader(config, loading)
  const routes = routesOf(config, own(), resolvConfServers)
  const respond = openResponder({
    service: {
      domain: config.domain,
      zone: current.zone,
      recursionAvailable: config.recurseOn,
      mayRecurse: networkCheck(config.recursionAllow),
      withinRate: openRateLimit(config.rateLimit, clock.monotonic),
      mayTransfer: networkCheck(config.transferTo),
      notified(address) {
        const ours = upstreams(config.transferFrom).some((primary) => primary.address === address)
        if (ours) reloader.trigger()
        return ours
      },
      transfer(query, tcp) {
        const records = contents()
        if (!records) return { rcode: rcode.servFail }
        const { serial } = status()
        return answerTransfer(query, tcp, {
          contents: records,
          serial,
          journal: current.journal,
          options: config,
        })
      },
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
  const metrics = openMetrics(counters, status)
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

  async function reload(signal: AbortSignal): Promise<boolean> {
    try {
      const ownAddresses = any ? own() : [config.listener]
      const { serial } = status()
      current.loaded(await thread.load({ masters: masters.list(), ownAddresses, serial }, signal))
      return true
    } catch (error) {
      if (!signal.aborted) current.failed(error)
      return false
    }
  }

  function hear(told: Told): void {
    if (told.kind === 'wanted') reloader.trigger()
    else current.hear(told)
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
    const none = { table: openTable(config.domain).finish() }
    const all = () => contents() ?? none
    return {
      serial: () => status().serial,
      loadedAgo() {
        const { loadedAt } = status()
        return loadedAt === undefined ? undefined : clock.now() - loadedAt
      },
      stale: () => status().stale,
      ready: () => current.zone() !== undefined,
      status,
      metrics,
      hosts: (name: string) => hostsOf(all(), name),
      services: (name: string, asked: string) => servicesOf(all(), name, asked, random),
      transfer: () => transferOf(all(), config, status().serial),
      // Whose each record is only the table tells.
      async enumeration() {
        if (contents()?.patch) await thread.settle()
        return enumerationOf(all().table)
      },
    }
  }

  return {
    status,
    records() {
      const records = contents()
      return records ? listRecords(records, config) : []
    },
    async tasks(wish) {
      const records = contents()
      if (!records) return { total: 0, tasks: [] }
      return listTasks(records, config.domain, wish, () => new Promise((done) => setImmediate(done)))
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
