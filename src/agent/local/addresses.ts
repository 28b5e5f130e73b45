import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { canonicalAddress } from '../../config/address.ts'

/** As the kernel's tables had it when they were last looked at. */
type Seen = { tables: string; addresses: string[] }
let seen: Seen | undefined

/**
 * Every address of every interface, loopback included; found anew only when the kernel's tables have changed, for every plan
 * asks for them. The system call behind `networkInterfaces` leaves out an interface
 * without carrier, but a cable that is out for a moment takes no address away: an agent that starts just then must not
 * take its machine for another one.
 */
export function ownAddresses(): string[] {
  const [trie, inet6] = [read('/proc/net/fib_trie'), read('/proc/net/if_inet6')]
  const tables = `${trie}\n${inet6}`
  if (trie === '' || seen?.tables !== tables) {
    const running = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    const here = running.map(({ address }) => address)
    seen = { tables, addresses: [...new Set([...here, ...localIPv4(trie), ...localIPv6(inet6)])] }
  }
  return seen.addresses
}

/** The addresses of the kernel's table of routes to this machine itself. */
export function localIPv4(trie: string): string[] {
  return [...trie.matchAll(/\|-- ([\d.]+)\n(?:\s+\/\d+ .*\n)*?\s+\/32 host LOCAL/g)].map(
    ([, address = '']) => address,
  )
}

const duplicate = 0x08

/** One a line: address, index, prefix, scope, flags, interface. Those that another machine was found to have are not ours. */
export function localIPv6(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const [hex = '', , , , flags = ''] = line.trim().split(/\s+/)
    if (hex.length !== 32 || Number.parseInt(flags, 16) & duplicate) return []
    const address = canonicalAddress(hex.match(/.{4}/g)?.join(':') ?? '')
    return address === undefined ? [] : [address]
  })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // a kernel without IPv6, or no Linux
  }
}
