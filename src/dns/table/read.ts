import { formatAddress } from '../../config/address.ts'
import { hashName, readName, sameName, writeName } from './names.ts'
import { type Kind, kind, kinds, noNode, type Table, type Weights } from './table.ts'

/** The node of a name in its table form; `noNode` when there is none. */
export function findNode(table: Table, bytes: Uint8Array, start: number, end: number): number {
  const { slots, names, nameAt } = table
  const mask = slots.length - 1
  for (let slot = hashName(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
    const node = slots[slot] ?? 0
    if (node === 0) return noNode
    if (sameName(names, nameAt[node - 1] ?? 0, nameAt[node] ?? 0, bytes, start, end)) return node - 1
  }
}

const scratch = Buffer.alloc(64 * 1024)

/** The node of a name as text, without a dot at its end. */
export function findName(table: Table, text: string): number {
  if (text.length * 3 + 2 > scratch.length) return noNode
  const { end } = writeName(scratch, 0, text)
  const node = findNode(table, scratch, 0, end)
  if (node !== noNode) return node
  // Names that lie outside the domain are kept as text.
  scratch[0] = 0xff
  return findNode(table, scratch, 0, 1 + scratch.write(text, 1))
}

/** The name of a node, with a dot at its end. */
export function nameOf({ names, nameAt }: Table, node: number): string {
  return `${readName(names, nameAt[node] ?? 0, nameAt[node + 1] ?? 0)}.`
}

/** The records of one kind that a node owns, as numbers of records. */
export function recordsOf({ setOf, setStart, order }: Table, node: number, what: Kind): Uint32Array {
  const set = setOf[kind[what]][node] ?? 0
  return set === 0 ? order.subarray(0, 0) : order.subarray(setStart[set - 1], setStart[set])
}

export type Service = { target: string; port: number }

export function serviceOf(table: Table, record: number): Service {
  return { target: nameOf(table, table.first[record] ?? 0), port: table.second[record] ?? 0 }
}

/** Priority and weight of an SRV record that has its own; undefined for those that have the default. */
export function weightsOf({ weighted, weights }: Table, record: number): Weights | undefined {
  const at = indexOf(weighted, record)
  const packed = weights[at]
  return packed === undefined ? undefined : { priority: packed >>> 16, weight: packed & 0xffff }
}

export function addressOf(table: Table, record: number, what: 'A' | 'AAAA'): string {
  const number = table.first[record] ?? 0
  if (what === 'AAAA') return formatAddress(table.v6.subarray(number * 16, number * 16 + 16))
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
}

/** A record's value as the HTTP API writes it: an address, or `target:port`. */
export function textOf(table: Table, record: number, what: Kind): string {
  if (what !== 'SRV') return addressOf(table, record, what)
  const { target, port } = serviceOf(table, record)
  return `${target}:${port}`
}

export function countOf({ first }: Table): number {
  return first.length
}

/** Calls `see` for each name that has records of a kind, with their numbers. */
export function eachSet(table: Table, see: (what: Kind, node: number, records: Uint32Array) => void): void {
  const { setNode, setKind, setStart, order } = table
  for (let set = 0; set < setNode.length; set++) {
    see(kinds[setKind[set] ?? 0] ?? 'A', setNode[set] ?? 0, order.subarray(setStart[set], setStart[set + 1]))
  }
}

/** The one name that an address belongs to, with a dot at its end; undefined when it has none or several. */
export function ownerOfAddress(table: Table, address: Uint8Array): string | undefined {
  const node = address.length === 4 ? ownerOfV4(table, address) : ownerOfV6(table, address)
  return node === undefined ? undefined : nameOf(table, node)
}

function ownerOfV4({ reverseV4, reverseV4Node }: Table, bytes: Uint8Array): number | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  const wanted = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  return reverseV4Node[indexOf(reverseV4, wanted)]
}

/** The index of a number in an ascending list; -1 when it is not there. */
function indexOf(list: Uint32Array, wanted: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return list[low] === wanted ? low : -1
}

/** IPv6 addresses are few: they are looked through. */
function ownerOfV6({ v6, reverseV6 }: Table, bytes: Uint8Array): number | undefined {
  const wanted = Buffer.from(bytes)
  const all = Buffer.from(v6.buffer, v6.byteOffset, v6.length)
  for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + 1)) {
    if (at % 16 !== 0) continue
    const node = reverseV6[at / 16] ?? 0
    return node === 0 ? undefined : node - 1
  }
  return undefined
}
