import { networkInterfaces } from 'node:os'
import { canonicalAddress, dummyAddress } from '../../../config/address.ts'
import { MeshboxError, misuse } from '../../../error.ts'
import type { Address } from '../swim/core.ts'
import { parseSeed } from './seeds.ts'

/** The address under which others reach us: the given one, or what is bound, or the first one of this machine. */
export function advertised(given: string | undefined, bound: Address): Address {
  if (given !== undefined) {
    const { host, port } = parseSeed(given, bound.port)
    const address = canonicalAddress(host)
    if (address !== undefined) return { host: address, port }
    throw misuse('gossip-advertise', `cannot advertise ${given}: it is no IP address`, 'give an IP address')
  }
  const address = canonicalAddress(bound.host)
  if (address !== undefined && address !== '0.0.0.0' && address !== '::')
    return { host: address, port: bound.port }
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const outside = addresses.filter(
    ({ internal, address: each }) => !internal && !each.startsWith('fe80') && each !== dummyAddress,
  )
  const chosen = outside.find(({ family }) => family === 'IPv4') ?? outside[0] ?? addresses[0]
  const host = chosen && canonicalAddress(chosen.address)
  if (host !== undefined) return { host, port: bound.port }
  throw new MeshboxError({
    code: 'gossip-no-address',
    message: 'cannot gossip: this machine has no address',
    hint: 'name one with --advertise',
  })
}
