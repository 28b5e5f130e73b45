import type { Clock } from '../clock.ts'
import type { DnsConfig } from '../config/dns.ts'
import type { MasterAccess } from './master/access.ts'
import { fetchState } from './master/fetch.ts'
import { buildRecords, type Surroundings } from './records/build.ts'
import { hostNames, type LookUp, openHostCache } from './records/hosts.ts'
import type { RecordSets } from './records/sets.ts'
import type { MasterState, Skip } from './state/model.ts'
import { buildZone } from './zone/build.ts'
import { primaryName } from './zone/soa.ts'
import type { Zone } from './zone/zone.ts'

/** One load of the cluster's state, and all that was made of it. */
export type Snapshot = {
  state: MasterState
  around: Surroundings
  sets: RecordSets
  zone: Zone
  skipped: Skip[]
  /** `HOST:PORT` of the master that gave it. */
  from: string
}

export type Load = (masters: string[], serial: number, signal: AbortSignal) => Promise<Snapshot>

const mostStateBytes = 1024 * 1024 * 1024

/** Loads snapshots: fetch, read, look hosts up, make records, make the zone. */
export function openLoad(deps: {
  config: DnsConfig
  access: MasterAccess
  lookUp: LookUp
  clock: Clock
  ownAddresses: () => string[]
}): Load {
  const { config, access, clock } = deps
  const hosts = openHostCache(deps.lookUp, clock)
  const timeoutMs = config.stateTimeoutSeconds * 1000
  return async (masters, serial, signal) => {
    const { state, from } = await fetchState(masters, { timeoutMs, maxBytes: mostStateBytes, access, signal })
    const around: Surroundings = {
      masters,
      hosts: await hosts.resolve(hostNames(state, masters)),
      ownAddresses: deps.ownAddresses(),
      ownName: primaryName(config).toLowerCase(),
    }
    const { sets, skipped } = buildRecords(state, around, config)
    return { state, around, sets, zone: buildZone(sets, serial, config), skipped, from }
  }
}
