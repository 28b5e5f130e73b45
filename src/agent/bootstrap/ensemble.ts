import type { Cluster } from '../../config/document/cluster.ts'
import { misuse } from '../../error.ts'
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
 * @throws MeshboxError (exit 2) for loopback addresses in a URL of several hosts: each machine would mean itself
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
    const hasPlace = cluster?.servers?.some(({ host }) => host === address)
    return cluster && hasPlace ? { kind: 'late', cluster, address } : { kind: 'external', controller: true }
  }
  const unresolved = servers.filter((server) => server.addresses.length === 0)
  if (unresolved.length > 0)
    return { kind: 'waiting', reasons: unresolved.map(({ host }) => `${host} has no address`) }
  return { kind: 'birth', address }
}
