import type { Cluster } from '../../config/document/cluster.ts'
import { formatServer, type Server } from '../../config/zookeeper/url.ts'
import { MeshboxError, misuse } from '../../error.ts'
import { isLoopback, type ResolvedServer } from '../local/machine.ts'

export type EnsembleFacts = {
  servers: ResolvedServer[]
  /** Every address of this machine. */
  addresses: string[]
  /** Undefined: no ZooKeeper answers at the URL. Else who says to live there, if anybody. */
  answering: { cluster: Cluster | undefined } | undefined
}

export type EnsembleDecision =
  /** That ZooKeeper is somebody else's to run, or runs on other machines. */
  | { kind: 'external'; controller: boolean }
  /** It was born without this machine, but with a place for it. */
  | { kind: 'late'; cluster: Cluster; address: string }
  /** The machines of the URL have to agree on a birth. */
  | { kind: 'birth'; address: string }
  /** Some hosts of the URL have no address yet. */
  | { kind: 'waiting'; reasons: string[] }

/**
 * Whose ZooKeeper it is, by the facts of now. Made once: what comes of it is remembered, and after that the URL decides
 * nothing.
 * @throws MeshboxError (exit 2) for a URL that names a machine twice, or several hosts by loopback addresses (each
 *   machine would mean itself); (exit 1) for a controller that the cluster there does not know
 */
export function decideEnsemble({ servers, addresses, answering }: EnsembleFacts): EnsembleDecision {
  const loopback = servers.find((server) => server.addresses.some(isLoopback))
  if (loopback && servers.length > 1) {
    throw misuse(
      'url-loopback',
      `cannot join: ${loopback.host} is a loopback address (${loopback.addresses[0]}), and each machine would take it for itself`,
      'name every machine by an address at which the others reach it',
    )
  }
  const names = new Map<string, string>()
  for (const { host, addresses: found } of servers) {
    for (const address of found) {
      const other = names.get(address)
      if (other !== undefined && other !== host) {
        throw misuse(
          'url-twice',
          `cannot join: ${other} and ${host} are the same machine (${address})`,
          'name every machine once',
        )
      }
      names.set(address, host)
    }
  }
  const own = servers.find((server) => server.addresses.some((address) => addresses.includes(address)))
  const address = own?.addresses.find((each) => addresses.includes(each))
  if (!address) {
    const unresolved = servers.filter((server) => server.addresses.length === 0)
    // A name without an address may yet turn out to be this machine's.
    if (unresolved.length > 0 && !answering) {
      return { kind: 'waiting', reasons: unresolved.map(({ host }) => `${host} has no address`) }
    }
    return { kind: 'external', controller: false }
  }
  if (answering) {
    const { cluster } = answering
    if (!cluster?.servers) return { kind: 'external', controller: true }
    if (cluster.servers.some(({ host }) => host === address)) return { kind: 'late', cluster, address }
    throw notAController(address, cluster.servers)
  }
  const unresolved = servers.filter((server) => server.addresses.length === 0)
  if (unresolved.length > 0)
    return { kind: 'waiting', reasons: unresolved.map(({ host }) => `${host} has no address`) }
  return { kind: 'birth', address }
}

/** The URL would make it a controller, and the ensemble was born without it. */
export function notAController(
  address: string,
  servers: { host: string; clientPort: number }[],
): MeshboxError {
  const list = servers.map(({ host, clientPort }): Server => ({ host, port: clientPort })).map(formatServer)
  return new MeshboxError({
    code: 'not-a-controller',
    message: `cannot join as a controller: ${address} is none of this cluster's (${list.join(', ')})`,
    hint: `join as a worker, with the URL that the cluster has now: zk://${list.join(',')}/…`,
  })
}
