import { backoffMs, type Clock } from '../clock.ts'
import { type DnsConfig, resolverListener } from '../config/dns.ts'
import type { Session } from '../config/zookeeper/session.ts'
import { formatServer } from '../config/zookeeper/url.ts'
import { openHostLookups } from '../dns/host/open.ts'
import type { HostLookupStatus } from '../dns/host/wanted.ts'
import { type Resolver, startResolver } from '../dns/resolver.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store.ts'
import type { ResolverStatus } from './status.ts'

export type Names = {
  /** Serves by this configuration from now on; nothing happens when it is the one in use. */
  use(config: DnsConfig): void
  resolver(): Resolver | undefined
  status(): ResolverStatus
  /** `restore`: the machine's own look-ups go again where they went before. Tells where they go. */
  stop(lookups: 'keep' | 'restore'): Promise<HostLookupStatus>
}

/** A start with the records of the last run is no problem while the first answer of a master may still come. */
const askingMs = 5000
const retry = { firstMs: 500, maxMs: 10_000 }

/** Keeps a resolver running: started again when its settings change, tried again when its port is taken. */
export function openNames(deps: {
  session: Session
  masterPath: string
  /** Where the others reach this machine. */
  address: string
  initial: DnsConfig
  clock: Clock
  log: Log
  store: Store
  /** A trial leaves the machine's own look-ups alone. */
  trial: boolean
  onChange: () => void
}): Names {
  const { session, masterPath, address, clock, log, store, trial, onChange } = deps
  const hostLookups = openHostLookups({ store, log, run })
  let host: HostLookupStatus = { kind: 'off' }
  let config = reachable(deps.initial)
  let used: string | undefined
  let resolver: Resolver | undefined
  let problem: string | undefined
  let attempt = 0
  let begunAt = clock.monotonic()
  let stopped = false
  let cancelRetry = () => {}
  let work = Promise.resolve()

  function reachable(given: DnsConfig): DnsConfig {
    const at = (listener: string) => resolverListener(listener, address)
    return { ...given, listener: at(given.listener), httpListener: at(given.httpListener) }
  }

  async function start(): Promise<void> {
    const wanted = JSON.stringify(config)
    if (stopped || (resolver && used === wanted)) return
    cancelRetry()
    await resolver?.close()
    resolver = undefined
    begunAt = clock.monotonic()
    try {
      const source = { kind: 'zookeeper' as const, session, path: masterPath }
      resolver = await startResolver({ config, source, clock, log, store, onChange })
      used = wanted
      problem = undefined
      attempt = 0
      await sendHostLookups()
    } catch (error) {
      problem = messageOf(error)
      log.error({ error: problem }, 'cannot serve DNS')
      cancelRetry = clock.after(backoffMs(attempt++, retry, Math.random), enqueue)
    }
    onChange()
  }

  /** Only once there is somebody to answer them. */
  async function sendHostLookups(mode: 'auto' | 'off' = trial ? 'off' : config.host): Promise<void> {
    const { domain, externalOn, listener, port } = config
    host = await hostLookups.apply({
      mode,
      domain,
      // Resolvconf takes a loopback address for a local cache, and drops the servers behind it.
      address: listener === '0.0.0.0' || listener === '::' ? address : listener,
      port,
      forwards: externalOn,
    })
    if (host.kind !== 'off') log.info({ host }, "the machine's own look-ups")
  }

  function enqueue(): void {
    work = work.then(start)
  }

  return {
    use(next) {
      config = reachable(next)
      enqueue()
    },
    resolver: () => resolver,
    status() {
      const now = resolver?.status()
      const base = {
        address: formatServer({ host: config.listener, port: config.port }),
        domain: config.domain,
        host,
        records: now?.records ?? 0,
        stale: now?.stale ?? false,
        ...(now?.loadedAt === undefined ? {} : { loadedAt: now.loadedAt }),
        ...(now?.leader === undefined ? {} : { leader: now.leader }),
      }
      if (problem) return { ...base, state: 'failed', reason: problem }
      if (now?.loadedAt !== undefined) {
        const { lastError = 'no mesos-master answers' } = now
        const asksStill = now.lastError === undefined && clock.monotonic() - begunAt < askingMs
        return { ...base, state: 'ready', ...(now.stale && !asksStill ? { reason: lastError } : {}) }
      }
      return { ...base, state: 'waiting', reason: now?.lastError ?? 'no mesos-master leads yet' }
    },
    async stop(lookups) {
      stopped = true
      cancelRetry()
      await work
      if (lookups === 'restore') await sendHostLookups('off')
      await resolver?.close()
      return host
    },
  }
}

/** Both outputs together. A command that is not there ends like one that a shell does not find. */
async function run(argv: string[]): Promise<{ code: number; out: string }> {
  try {
    const child = Bun.spawn(argv, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
    const texts = [child.stdout, child.stderr].map((stream) => new Response(stream).text())
    const out = (await Promise.all(texts)).join('')
    return { code: await child.exited, out }
  } catch (error) {
    return { code: 127, out: messageOf(error) }
  }
}
