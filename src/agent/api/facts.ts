import { hostname } from 'node:os'
import type { Config } from '../../config/schema.ts'
import type { Member } from '../gossip/gossip.ts'
import type { Status } from '../status.ts'
import type { Snapshot } from './events.ts'

/** What events tell of. When the records were loaded last is left out: it is no change. */
export function snapshotOf({ cluster, machines, problems, ready }: Status, members: Member[]): Snapshot {
  const [machine] = machines
  const { loadedAt: _, ...dns } = machine?.dns ?? {}
  return {
    status: { cluster, problems, ready },
    services: machine?.services ?? [],
    members,
    rollout: cluster.rollout ?? null,
    document: cluster.document ?? null,
    dns,
  }
}

/** The host names under which this machine may be asked. */
export function namesOf(name: string, { api }: Config): string[] {
  return [name.toLowerCase(), hostname().toLowerCase(), ...api.hosts]
}
