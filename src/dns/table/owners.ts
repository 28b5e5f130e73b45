import { exactNumbers } from './grow.ts'
import { noNode, type Table } from './table.ts'

/** Whose an address is: each node that said so, `noNode` for each time that it was shared. */
export type Owners = ReadonlyMap<string, number | number[]>

export function openOwners(): { all: Owners; say(node: number, address: string): void } {
  const all = new Map<string, number | number[]>()
  return {
    all,
    say(node, address) {
      const known = all.get(address)
      if (known === undefined) all.set(address, node)
      else if (typeof known === 'number') all.set(address, [known, node])
      else known.push(node)
    },
  }
}

/** Addresses that belong to one name alone, which must be one that can be asked for. */
export function reverseOf(
  owners: Owners,
  isListed: (node: number) => boolean,
  v6Known: ReadonlyMap<string, number>,
): Pick<Table, 'reverseV4' | 'reverseV4Node' | 'reverseV6'> {
  const v4: [number, number][] = []
  const reverseV6 = new Uint32Array(v6Known.size)
  for (const [address, said] of owners) {
    const node = typeof said === 'number' ? said : oneOf(said)
    if (node === noNode || isListed(node)) continue
    if (address.includes(':')) reverseV6[v6Known.get(address) ?? 0] = node + 1
    else v4.push([v4Number(address), node])
  }
  v4.sort((a, b) => a[0] - b[0])
  return {
    reverseV4: exactNumbers(v4.map(([address]) => address)),
    reverseV4Node: exactNumbers(v4.map(([, node]) => node)),
    reverseV6: exactNumbers(reverseV6),
  }
}

/** The one node that all of them are; `noNode` when there are several. */
function oneOf(nodes: number[]): number {
  const [first = noNode] = nodes
  return nodes.every((node) => node === first) ? first : noNode
}

/** A dotted quad that is known to be valid. */
export function v4Number(address: string): number {
  let number = 0
  let octet = 0
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code === 46) {
      number = (number << 8) | octet
      octet = 0
    } else octet = octet * 10 + code - 48
  }
  return ((number << 8) | octet) >>> 0
}
