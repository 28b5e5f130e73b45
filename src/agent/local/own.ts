import type { NodeFacts } from '../../config/document/layers.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import { ownFacts } from '../node-facts.ts'
import { advertisedAddress, machineFacts, type ResolvedServer, resolveServers } from './machine.ts'
import type { Joined, Memory } from './memory.ts'

/** Who this machine is, as far as it knows by itself. */
export type Own = {
  /** Its id, which it keeps under any name or address. */
  node: string
  /** Where the others find it. */
  address: string
  /** All that its interfaces have. */
  addresses: string[]
  /** The machines of the URL. */
  servers: ResolvedServer[]
  controller: boolean
  facts: NodeFacts
}

/** By what it remembers and by its interfaces: before anybody is asked but the names' servers. */
export async function recognise(joined: Joined, url: ZkUrl, memory: Memory): Promise<Own> {
  const { addresses } = machineFacts()
  const servers = await resolveServers(url)
  const address = joined.advertise ?? advertisedAddress(servers, addresses, memory.recall('address'))
  const node = memory.recall('node') ?? crypto.randomUUID()
  memory.remember('node', node)
  const ensemble = memory.recall('ensemble')
  const controller =
    ensemble?.kind === 'external'
      ? ensemble.controller
      : ensemble !== undefined || servers.some((server) => server.addresses.includes(address))
  const facts = ownFacts(joined.name, address, controller, joined.role === 'controller')
  return { node, address, addresses, servers, controller, facts }
}
