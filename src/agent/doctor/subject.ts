import type { Clock } from '../../clock.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { readDocumentText } from '../../config/document/parse.ts'
import type { Config } from '../../config/schema.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { openStore } from '../../store.ts'
import { openRecords } from '../../supervisor/process/records.ts'
import { agentClient } from '../api/client.ts'
import type { Member } from '../gossip/gossip.ts'
import type { Folders } from '../local/folders.ts'
import { recallJoined, storePath } from '../local/joined.ts'
import {
  advertisedAddress,
  type MachineFacts,
  machineFacts,
  type ResolvedServer,
  resolveServers,
} from '../local/machine.ts'
import type { Joined } from '../local/memory.ts'
import { ownFacts } from '../node-facts.ts'
import type { Place } from '../preflight/wanted.ts'
import type { Status } from '../status.ts'

/** The machine under examination: as it will be when it has joined, or as it is. */
export type Subject = {
  folders: Folders
  clock: Clock
  machine: MachineFacts
  config: Config
  /** What `join` was told, or will be; undefined on a machine that has not joined and is not about to. */
  joined: Joined | undefined
  /** Whether it has joined already. */
  member: boolean
  /** Processes that meshbox has started here. */
  programs: number[]
  place: Place
  /** The servers of the ZooKeeper URL; none without one. */
  servers: ResolvedServer[]
  /** What its agent says; undefined while none runs. */
  agent: { status: Status; members: Member[] } | undefined
}

/**
 * @param wish what `join` would be told on a machine that has not joined
 * @throws MeshboxError when the URL or the document of the wish is not one
 */
export async function subjectAt(folders: Folders, clock: Clock, wish: Joined | undefined): Promise<Subject> {
  const machine = machineFacts()
  const before = recallJoined(folders)
  const joined = before ?? wish
  const agent = await askAgent(folders)
  const servers = joined ? await resolveServers(parseZkUrl(joined.zkUrl)) : []
  const own = servers.find((server) => server.addresses.some((each) => machine.addresses.includes(each)))
  const place = {
    address: agent?.status.machines[0]?.address || advertisedAddress(servers, machine.addresses, undefined),
    clientPort: own?.port,
    controller: own !== undefined,
    worker: joined?.role !== 'controller',
  }
  const facts = ownFacts(
    joined?.name ?? machine.hostname,
    ...([place.address, place.controller, !place.worker] as const),
  )
  const config =
    agent?.config ?? effectiveConfig(readDocumentText(joined?.seed ?? '', 'the document'), facts).config
  const member = before !== undefined
  const programs = member ? startedAt(folders) : []
  return { folders, clock, machine, config, joined, member, programs, place, servers, agent }
}

function startedAt(folders: Folders): number[] {
  const store = openStore(storePath(folders))
  try {
    return openRecords(store)
      .all()
      .flatMap(({ id }) => id?.pid ?? [])
  } finally {
    store.close()
  }
}

async function askAgent(folders: Folders) {
  const client = agentClient(folders)
  try {
    return {
      status: await client.get<Status>('/v1/status'),
      members: await client.get<Member[]>('/v1/members'),
      config: await client.get<Config>('/v1/config/effective'),
    }
  } catch (error) {
    if (error instanceof MeshboxError && error.code === 'agent-not-running') return undefined
    throw error
  }
}
