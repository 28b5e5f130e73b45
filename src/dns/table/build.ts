import { addressBytes } from '../../config/address.ts'
import { isWithin } from '../message/name.ts'
import { type Bytes, exactBytes, exactNumbers, makeRoom, Numbers } from './grow.ts'
import { hashName, listedMark, sameName, writeBelow, writeName } from './names.ts'
import { type Owners, openOwners, reverseOf, v4Number } from './owners.ts'
import { openRecords } from './records.ts'
import type { RecordSink } from './sink.ts'
import { kind, nodeFlag, noNode, type Table } from './table.ts'

export type TableBuilder = RecordSink & {
  /** Whether a name has an address already; for the few who ask before there are many. */
  has(owner: number, address: string): boolean
  framework(name: string): void
  /** In the table of a patch: the name has what it is given here and nothing else; without that it may yet exist. */
  decide(node: number, exists: boolean): void
  finish(): Table
  /** What is to be known of the finished table beside it, to change it later. */
  books(): Books
}

/** How a table came to be, as far as it does not tell itself. */
export type Books = {
  /** Records that were made once more, as often as they were. */
  again: Uint32Array
  /** By node: how many names that exist stand right below it. */
  below: Uint32Array
  owners: Owners
}

/** @param expected about how many records will come; a guess that fits spares moving them */
export function openTable(domain: string, expected = 1000): TableBuilder {
  const names: Bytes = { buffer: Buffer.alloc(64 * 1024), length: 0 }
  const nameAt = new Numbers()
  const flags = new Numbers()
  const setOf = [new Numbers(), new Numbers(), new Numbers()] as const
  const setNode = new Numbers()
  const setKind = new Numbers()
  const records = openRecords(expected)
  const v6: Bytes = { buffer: Buffer.alloc(1024), length: 0 }
  const v6Known = new Map<string, number>()
  const below = new Numbers()
  /** The node right above, + 1, of those that were named by it. */
  const above = new Numbers()
  const owners = openOwners()
  const frameworks: [string, [string, string][]][] = []
  let again: Uint32Array = new Uint32Array(0)
  let slots = new Uint32Array(2 ** Math.ceil(Math.log2(expected)))
  nameAt.push(0)

  /** Takes the name that stands behind the last one, up to `end`, unless it is known. */
  function intern(end: number, flag: number): number {
    const { buffer, length: start } = names
    let slot = hashName(buffer, start, end) & (slots.length - 1)
    for (let node = slots[slot] ?? 0; node !== 0; node = slots[slot] ?? 0) {
      if (sameName(buffer, nameAt.at(node - 1), nameAt.at(node), buffer, start, end)) return node - 1
      slot = (slot + 1) & (slots.length - 1)
    }
    const node = flags.push(flag)
    slots[slot] = node + 1
    names.length = end
    nameAt.push(end)
    if (node * 2 > slots.length) growSlots()
    return node
  }

  function growSlots(): void {
    slots = new Uint32Array(slots.length * 2)
    for (let node = 0; node < flags.length; node++) {
      let slot = hashName(names.buffer, nameAt.at(node), nameAt.at(node + 1)) & (slots.length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = node + 1
    }
  }

  function setFor(owner: number, what: number): number {
    const sets = setOf[what] ?? setOf[0]
    const known = sets.at(owner)
    if (known !== 0) return known - 1
    const set = setNode.push(owner)
    setKind.push(what)
    sets.set(owner, set + 1)
    flags.set(owner, flags.at(owner) | nodeFlag.exists)
    return set
  }

  function v6Index(address: string): number {
    const known = v6Known.get(address)
    if (known !== undefined) return known
    makeRoom(v6, 16)
    addressBytes(address).copy(v6.buffer, v6.length)
    const index = v6.length / 16
    v6.length += 16
    v6Known.set(address, index)
    return index
  }

  /** Names above those in the zone exist too (RFC 8020); the domain always does. */
  function addAncestors(): void {
    const apex = name(`${domain}.`)
    flags.set(apex, flags.at(apex) | nodeFlag.exists)
    for (let node = 0, last = flags.length; node < last; node++) {
      if ((flags.at(node) & nodeFlag.listed) !== 0 || !setOf.some((sets) => sets.at(node) !== 0)) continue
      for (let at = node; at !== apex; ) {
        const parent = above.at(at) > 0 ? above.at(at) - 1 : parentOf(at)
        const flag = flags.at(parent)
        below.set(parent, below.at(parent) + 1)
        if (flag & nodeFlag.exists) break
        flags.set(parent, flag | nodeFlag.exists)
        at = parent
      }
    }
  }

  function parentOf(node: number): number {
    const start = nameAt.at(node) + 1 + (names.buffer[nameAt.at(node)] ?? 0)
    const length = nameAt.at(node + 1) - start
    makeRoom(names, length)
    names.buffer.copyWithin(names.length, start, start + length)
    return intern(names.length + length, 0)
  }

  function name(text: string): number {
    const plain = text.slice(0, -1)
    makeRoom(names, plain.length * 3 + 2)
    const { form, end } = writeName(names.buffer, names.length, plain)
    if (form !== 'wire')
      return intern(end, form === 'too-long' ? nodeFlag.listed | nodeFlag.tooLong : nodeFlag.listed)
    if (isWithin(plain, domain)) return intern(end, 0)
    names.buffer[names.length] = listedMark
    names.buffer.write(plain, names.length + 1)
    return intern(end - 1, nodeFlag.listed)
  }

  return {
    name,
    below(label, parent, text) {
      if ((flags.at(parent) & nodeFlag.listed) !== 0) return name(`${label}.${text}`)
      makeRoom(names, 256)
      const end = writeBelow(names.buffer, names.length, label, nameAt.at(parent), nameAt.at(parent + 1))
      if (end === undefined) return name(`${label}.${text}`)
      const node = intern(end, 0)
      above.set(node, parent + 1)
      return node
    },
    address(owner, address) {
      if (address.includes(':')) records.add(setFor(owner, kind.AAAA), v6Index(address), 0)
      else records.add(setFor(owner, kind.A), v4Number(address), 0)
    },
    has(owner, address) {
      const v6 = address.includes(':')
      const set = setOf[v6 ? kind.AAAA : kind.A].at(owner)
      return set !== 0 && records.has(set - 1, v6 ? v6Index(address) : v4Number(address))
    },
    service: (owner, target, port, weights) => records.add(setFor(owner, kind.SRV), target, port, weights),
    owns: owners.say,
    shares: (address) => owners.say(noNode, address),
    decide(node, exists) {
      flags.set(node, flags.at(node) | nodeFlag.decided | (exists ? nodeFlag.exists : 0))
    },
    framework: (text) => void frameworks.push([text, []]),
    task(id, text) {
      records.task()
      frameworks.at(-1)?.[1].push([id, text])
    },
    finish() {
      addAncestors()
      const nodes = flags.length
      const { parts, setOfRecord, again: repeated } = records.finish(setNode.length)
      again = repeated
      const table = {
        names: exactBytes(names.buffer.subarray(0, names.length)),
        nameAt: nameAt.take(),
        flags: exactBytes(flags.take()),
        slots: exactNumbers(slots),
        setOf: [setOf[0].take(nodes), setOf[1].take(nodes), setOf[2].take(nodes)] satisfies Table['setOf'],
        setNode: setNode.take(),
        setKind: exactBytes(setKind.take()),
        ...parts,
        v6: exactBytes(v6.buffer.subarray(0, v6.length)),
        ...reverseOf(owners.all, (node) => (flags.at(node) & nodeFlag.listed) !== 0, v6Known),
        tasks: exactBytes(new TextEncoder().encode(JSON.stringify(frameworks))),
      }
      return { ...table, unencodable: countUnencodable(table, setOfRecord) }
    },
    books: () => ({ again, below: below.take(flags.length), owners: owners.all }),
  }
}

/** Owners that are too long, and services whose target is, under owners that are not. */
function countUnencodable(
  { flags, setNode, setKind, first }: Pick<Table, 'flags' | 'setNode' | 'setKind' | 'first'>,
  setOfRecord: Uint32Array,
): number {
  const tooLong = (node: number | undefined) => ((flags[node ?? 0] ?? 0) & nodeFlag.tooLong) !== 0
  let count = 0
  for (let set = 0; set < setNode.length; set++) if (tooLong(setNode[set])) count++
  for (let record = 0; record < setOfRecord.length; record++) {
    const set = setOfRecord[record] ?? 0
    if (setKind[set] === kind.SRV && !tooLong(setNode[set]) && tooLong(first[record])) count++
  }
  return count
}
