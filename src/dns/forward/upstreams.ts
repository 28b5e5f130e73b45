import { readFileSync } from 'node:fs'
import { type DnsConfig, parseUpstream, type Upstream } from '../../config/dns.ts'
import { isWithin } from '../message/name.ts'

/** Which upstreams a name goes to. */
export type Routes = { zones: { zone: string; upstreams: Upstream[] }[]; others: Upstream[] }

type RouteOptions = Pick<DnsConfig, 'externalOn' | 'resolvers' | 'zoneResolvers' | 'listener' | 'port'>

/**
 * The upstreams by zone. Those that are this very resolver are left out: a query must never come back.
 * @param own this machine's addresses
 * @param systemServers nameservers of the machine, for an empty list
 */
export function routesOf(config: RouteOptions, own: string[], systemServers: () => string[]): Routes {
  if (!config.externalOn) return { zones: [], others: [] }
  const mine = new Set(own)
  const any = config.listener === '0.0.0.0' || config.listener === '::'
  // What is asked there arrives at the loopback address.
  const meant = (address: string) => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[address] ?? address
  // Other loopback addresses belong to others: 127.0.0.53 to systemd-resolved.
  const isOwn = (address: string) => mine.has(address) || address === '127.0.0.1' || address === '::1'
  const isSelf = ({ address, port }: Upstream) =>
    port === config.port && (any ? isOwn(meant(address)) : meant(address) === config.listener)
  const parsed = (list: string[]) => upstreams(list).filter((upstream) => !isSelf(upstream))
  const listed =
    config.resolvers.length > 0 ? config.resolvers : systemServers().filter((server) => !mine.has(server))
  return {
    zones: Object.entries(config.zoneResolvers).map(([zone, list]) => ({ zone, upstreams: parsed(list) })),
    others: parsed(listed),
  }
}

export function upstreamsFor(key: string, { zones, others }: Routes): Upstream[] {
  return zones.find(({ zone }) => isWithin(key, zone))?.upstreams ?? others
}

/** Those of a list that are well written; the others were refused with the configuration. */
export function upstreams(list: string[]): Upstream[] {
  return list.map(parseUpstream).filter((upstream) => upstream !== undefined)
}

/** The nameservers of a resolv.conf; none when it cannot be read. */
export function resolvConfServers(path = '/etc/resolv.conf'): string[] {
  try {
    return [...readFileSync(path, 'utf8').matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '')
  } catch {
    return []
  }
}

/** An upstream that failed is tried last for so long, in ms. */
const downMs = 30_000

/** Remembers which upstreams failed lately. */
export type Health = {
  order(upstreams: Upstream[]): Upstream[]
  failed(upstream: Upstream): void
  answered(upstream: Upstream): void
}

export function openHealth(now: () => number): Health {
  const downUntil = new Map<string, number>()
  const keyOf = ({ address, port }: Upstream) => `${address} ${port}`
  const isDown = (upstream: Upstream) => (downUntil.get(keyOf(upstream)) ?? 0) > now()
  return {
    order: (upstreams) => [
      ...upstreams.filter((upstream) => !isDown(upstream)),
      ...upstreams.filter((upstream) => isDown(upstream)),
    ],
    failed: (upstream) => void downUntil.set(keyOf(upstream), now() + downMs),
    answered: (upstream) => void downUntil.delete(keyOf(upstream)),
  }
}
