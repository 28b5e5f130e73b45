import { formatAddress } from '../../config/address.ts'
import { hashName, readName, sameName, writeName } from './names.ts'
import { type Contents, type Kind, kind, kinds, nodeFlag, noNode, type Table, type Weights } from './table.ts'

/** A name where it stands: its node in one of the tables that there are. */
export type Found = { table: Table; node: number }

/** The node of a name in its table form; `noNode` when there is none. */
function findNode(table: Table, bytes: Uint8Array, start: number, end: number): number {
  const { slots, names, nameAt } = table
  const mask = slots.length - 1
  for (let slot = hashName(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
    const node = slots[slot] ?? 0
    if (node === 0) return noNode
    if (sameName(names, nameAt[node - 1] ?? 0, nameAt[node] ?? 0, bytes, start, end)) return node - 1
  }
}

/** The name among all; undefined when there is none. */
export function findIn(
  { table, patch }: Contents,
  bytes: Uint8Array,
  start: number,
  end: number,
): Found | undefined {
  if (patch) {
    const node = findNode(patch.table, bytes, start, end)
    if (node !== noNode && isDecided(patch.table, node)) return { table: patch.table, node }
  }
  const node = findNode(table, bytes, start, end)
  return node === noNode ? undefined : { table, node }
}

export function isDecided({ flags }: Table, node: number): boolean {
  return ((flags[node] ?? 0) & nodeFlag.decided) !== 0
}

const scratch = Buffer.alloc(64 * 1024)

/** The name as text, without a dot at its end. */
export function findName(contents: Contents, text: string): Found | undefined {
  if (text.length * 3 + 2 > scratch.length) return undefined
  const { end } = writeName(scratch, 0, text)
  const found = findIn(contents, scratch, 0, end)
  if (found) return found
  // Names that lie outside the domain are kept as text.
  scratch[0] = 0xff
  return findIn(contents, scratch, 0, 1 + scratch.write(text, 1))
}

/** The nodes of a table that a patch of it has decided otherwise. */
export function hiddenNodes({ table, patch }: Contents): Set<number> {
  const hidden = new Set<number>()
  if (!patch) return hidden
  const { names, nameAt, flags } = patch.table
  for (let node = 0; node < flags.length; node++) {
    if (isDecided(patch.table, node))
      hidden.add(findNode(table, names, nameAt[node] ?? 0, nameAt[node + 1] ?? 0))
  }
  return hidden
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

export function countOf({ table, patch }: Contents): number {
  return table.first.length + (patch ? patch.table.first.length - patch.hidden.records : 0)
}

/** Names and targets that no DNS message can hold. */
export function unencodableOf({ table, patch }: Contents): number {
  return table.unencodable + (patch ? patch.table.unencodable - patch.hidden.unencodable : 0)
}

/** A name that is too long counts for each kind of records that it has, any other for each service whose target is. */
export function unencodableAt(table: Table, node: number): number {
  const tooLong = (of: number) => ((table.flags[of] ?? 0) & nodeFlag.tooLong) !== 0
  if (tooLong(node)) return kinds.filter((what) => recordsOf(table, node, what).length > 0).length
  return recordsOf(table, node, 'SRV').filter((record) => tooLong(table.first[record] ?? 0)).length
}

/** Each name that has records of a kind, with their numbers. */
export function* eachSet(
  contents: Contents,
): Generator<{ table: Table; what: Kind; node: number; records: Uint32Array }> {
  const hidden = hiddenNodes(contents)
  for (const table of [contents.table, contents.patch?.table]) {
    if (!table) continue
    const { setNode, setKind, setStart, order } = table
    for (let set = 0; set < setNode.length; set++) {
      const node = setNode[set] ?? 0
      if (table === contents.table && hidden.has(node)) continue
      const records = order.subarray(setStart[set], setStart[set + 1])
      yield { table, what: kinds[setKind[set] ?? 0] ?? 'A', node, records }
    }
  }
}

/** The one name that an address belongs to, with a dot at its end; undefined when it has none or several. */
export function ownerOfAddress({ table, patch }: Contents, address: Uint8Array): string | undefined {
  if (patch && patch.owners.size > 0) {
    const text = formatAddress(address)
    if (patch.owners.has(text)) return patch.owners.get(text)
  }
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
