import { extendedError, rcode, rrType } from '../message/codes.ts'
import { isWithin } from '../message/name.ts'
import type { Answer, Owned } from '../message/write.ts'
import { writeName } from '../table/names.ts'
import type { Zone, ZoneNode } from '../zone/zone.ts'
import type { Step } from './step.ts'

/** Names of the domain before the first load: nobody may conclude that they do not exist. */
export const notLoaded: Step = (query, service) => {
  if (service.zone() || !isWithin(query.key, service.domain)) return undefined
  return {
    rcode: rcode.servFail,
    recursionAvailable: service.recursionAvailable,
    extendedError: { code: extendedError.notReady, text: 'no state of the cluster has been loaded yet' },
  }
}

/** Names of the domain, with authority. */
export const fromZone: Step = (query, service) => {
  const zone = service.zone()
  if (!zone || !isWithin(query.key, zone.apex)) return undefined
  const lookedUp = withoutWildcards(query.key)
  const node = zone.find(lookedUp)
  const base: Answer = {
    rcode: rcode.noError,
    authoritative: true,
    recursionAvailable: service.recursionAvailable,
    apexBytes: zone.apex.length + 2,
    find: zone.find,
  }
  const sets = node ? setsOf(node, query.type) : []
  if (sets.length > 0)
    return {
      ...base,
      names: () => [lookedUp, ...sets.flatMap(({ targets }) => targets?.keys ?? [])],
      answer: sets.map((set) => ({ owner: ownerOf(query.key, lookedUp, set.type), set })),
    }
  return {
    ...base,
    rcode: node ? rcode.noError : rcode.nxDomain,
    names: () => [lookedUp, zone.apex],
    authority: [denial(zone)],
  }
}

/** The SOA of a negative answer: owned by the apex, its TTL no longer than the minimum (RFC 2308 section 3). */
function denial(zone: Zone): Owned {
  return { owner: 'apex', set: zone.soa, ttl: zone.negativeTtl }
}

function setsOf(node: ZoneNode, type: number): ZoneNode['sets'] {
  return type === rrType.ANY ? node.sets : node.sets.filter((set) => set.type === type)
}

/** `web.*.marathon` stands for `web.marathon`: the original drops each `.*` (SPEC section 8.2). */
function withoutWildcards(key: string): string {
  return key.includes('.*') ? key.replaceAll('.*', '') : key
}

/** Owners are spelled as asked; only addresses found through a wildcard carry the name that was looked up. */
function ownerOf(asked: string, lookedUp: string, type: number): Owned['owner'] {
  if (asked === lookedUp || type === rrType.SRV) return 'question'
  const wire = Buffer.alloc(lookedUp.length + 2)
  return wire.subarray(0, writeName(wire, 0, lookedUp).end)
}
