import { lookup } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import { availableParallelism, hostname, totalmem } from 'node:os'
import { canonicalAddress, dummyAddress, isIPv6 } from '../../config/address.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import { ownAddresses } from './addresses.ts'

/** What the planner needs to know of the machine it plans for. */
export type MachineFacts = {
  hostname: string
  root: boolean
  systemd: boolean
  cpus: number
  memMb: number
  /** Every address of every interface, loopback included. */
  addresses: string[]
}

export function machineFacts(): MachineFacts {
  return {
    hostname: hostname(),
    root: process.getuid?.() === 0,
    systemd: existsSync('/run/systemd/system'),
    cpus: availableParallelism(),
    memMb: Math.floor(totalmem() / 2 ** 20),
    addresses: ownAddresses().filter((address) => address !== dummyAddress),
  }
}

export type ResolvedServer = { host: string; port: number; addresses: string[] }

/** The addresses of each host of the URL; a name that does not resolve has none. */
export async function resolveServers(url: ZkUrl): Promise<ResolvedServer[]> {
  return Promise.all(
    url.servers.map(async ({ host, port }) => {
      const found = await lookup(host, { all: true }).catch(() => [])
      return { host, port, addresses: found.map(({ address }) => canonicalAddress(address) ?? address) }
    }),
  )
}

/**
 * The address at which the others reach this machine: the remembered one while the machine has it, the one that the
 * URL names, or the first that is neither loopback nor link-local. A URL of loopback addresses makes a cluster on
 * loopback.
 */
export function advertisedAddress(
  servers: ResolvedServer[],
  addresses: string[],
  remembered: string | undefined,
): string {
  if (remembered !== undefined && addresses.includes(remembered)) return remembered
  const named = servers.flatMap((server) => server.addresses).find((address) => addresses.includes(address))
  if (named) return named
  if (servers.every((server) => server.addresses.length > 0 && server.addresses.every(isLoopback)))
    return '127.0.0.1'
  return addresses.find(isOutward) ?? '127.0.0.1'
}

/**
 * Which of its addresses this machine is reached at from inside: the advertised one, or behind NAT the first of the same
 * kind that is neither loopback nor link-local.
 */
export function innerAddress(advertised: string, addresses: string[]): string {
  if (addresses.includes(advertised)) return advertised
  const alike = addresses.filter((address) => isIPv6(address) === isIPv6(advertised) && isOutward(address))
  return alike[0] ?? advertised
}

/** What to listen on for all that may come: `::` takes IPv4 too, where there is IPv6 at all. */
export function everyAddress(addresses: string[]): '::' | '0.0.0.0' {
  return addresses.some(isIPv6) ? '::' : '0.0.0.0'
}

function isOutward(address: string): boolean {
  return !isLoopback(address) && !/^fe80:/i.test(address)
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
