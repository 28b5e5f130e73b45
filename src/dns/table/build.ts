import { addressBytes } from '../../config/address.ts'
import { isWithin } from '../message/name.ts'
import { type Bytes, makeRoom, Numbers, sharedBytes, sharedNumbers } from './grow.ts'
import { hashName, listedMark, sameName, writeName } from './names.ts'
import { type Owners, openOwners, reverseOf, v4Number } from './owners.ts'
import type { RecordSink } from './sink.ts'
import { kind, nodeFlag, noNode, packWeights, type Table } from './table.ts'

export type TableBuilder = RecordSink & {
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
  const recordSet = new Numbers(expected)
  const first = new Numbers(expected)
  const second = new Numbers(expected)
  const weighted = new Numbers(16)
  const weights = new Numbers(16)
  const v6: Bytes = { buffer: Buffer.alloc(1024), length: 0 }
  const v6Known = new Map<string, number>()
  const taskEnd = new Numbers()
  const again = new Numbers(16)
  const below = new Numbers()
  const owners = openOwners()
  const frameworks: [string, [string, string][]][] = []
  let tasksFrom: number | undefined
  let slots = new Uint32Array(2 ** Math.ceil(Math.log2(expected)))
  let recordSlots = new Uint32Array(slots.length)
  /** How many records can be found in `recordSlots`. */
  let hashed = 0
  let trustless = false
  let newest = true
  nameAt.push(0)

  /** Takes the name that stands behind the last one, up to `end`, unless it is known. */
  function intern(end: number, flag: number): number {
    const { buffer, length: start } = names
    let slot = hashName(buffer, start, end) & (slots.length - 1)
    for (let node = slots[slot] ?? 0; node !== 0; node = slots[slot] ?? 0) {
      if (sameName(buffer, nameAt.at(node - 1), nameAt.at(node), buffer, start, end)) {
        newest = false
        return node - 1
      }
      slot = (slot + 1) & (slots.length - 1)
    }
    newest = true
    const node = flags.push(flag)
    slots[slot] = node + 1
    names.length = end
    nameAt.push(end)
    for (const sets of setOf) sets.push(0)
    below.push(0)
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

  function add(owner: number, what: number, one: number, two: number, isNew: boolean): boolean {
    const set = setFor(owner, what)
    if (!isNew || trustless) {
      const slot = slotOf(set, one, two)
      if (slot < 0) {
        again.push(-1 - slot)
        return false
      }
      recordSlots[slot] = recordSet.length + 1
      hashed++
    }
    recordSet.push(set)
    first.push(one)
    second.push(two)
    if (hashed * 2 > recordSlots.length) growRecordSlots()
    return true
  }

  /** Where a record is to be put; -1 - record when it is there. */
  function slotOf(set: number, one: number, two: number): number {
    const mask = recordSlots.length - 1
    let slot = hashRecord(set, one, two) & mask
    for (let record = recordSlots[slot] ?? 0; record !== 0; record = recordSlots[slot] ?? 0) {
      const at = record - 1
      if (first.at(at) === one && recordSet.at(at) === set && second.at(at) === two) return -record
      slot = (slot + 1) & mask
    }
    return slot
  }

  function growRecordSlots(): void {
    const kept = recordSlots.filter((record) => record !== 0)
    recordSlots = new Uint32Array(recordSlots.length * 2)
    for (const record of kept) {
      const at = record - 1
      recordSlots[slotOf(recordSet.at(at), first.at(at), second.at(at))] = record
    }
  }

  /** All records are put where they can be found. */
  function distrust(): void {
    if (trustless) return
    trustless = true
    hashed = recordSet.length
    recordSlots = new Uint32Array(2 ** Math.ceil(Math.log2(hashed * 4 + 1024)))
    for (let at = 0; at < hashed; at++) {
      const slot = slotOf(recordSet.at(at), first.at(at), second.at(at))
      if (slot >= 0) recordSlots[slot] = at + 1
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
        const start = nameAt.at(at) + 1 + (names.buffer[nameAt.at(at)] ?? 0)
        const length = nameAt.at(at + 1) - start
        makeRoom(names, length)
        names.buffer.copyWithin(names.length, start, start + length)
        const parent = intern(names.length + length, 0)
        const flag = flags.at(parent)
        below.set(parent, below.at(parent) + 1)
        if (flag & nodeFlag.exists) break
        flags.set(parent, flag | nodeFlag.exists)
        at = parent
      }
    }
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

  /** Records by set: counted, summed up, put in their places. */
  function sorted(): { setStart: Uint32Array; order: Uint32Array } {
    const count = recordSet.length
    const setStart = sharedNumbers(new Uint32Array(setNode.length + 1))
    for (let record = 0; record < count; record++) {
      const next = recordSet.at(record) + 1
      setStart[next] = (setStart[next] ?? 0) + 1
    }
    for (let set = 1; set < setStart.length; set++)
      setStart[set] = (setStart[set] ?? 0) + (setStart[set - 1] ?? 0)
    const place = setStart.slice()
    const order = sharedNumbers(new Uint32Array(count))
    for (let record = 0; record < count; record++) {
      const set = recordSet.at(record)
      const at = place[set] ?? 0
      order[at] = record
      place[set] = at + 1
    }
    return { setStart, order }
  }

  return {
    name,
    wasNew: () => newest,
    address(owner, address, known) {
      if (address.includes(':')) return add(owner, kind.AAAA, v6Index(address), 0, known === 'new')
      return add(owner, kind.A, v4Number(address), 0, known === 'new')
    },
    service(owner, target, port, more) {
      const added = add(owner, kind.SRV, target, port, more?.isNew === true)
      if (added && more?.weights) {
        weighted.push(recordSet.length - 1)
        weights.push(packWeights(more.weights))
      }
      return added
    },
    distrust,
    owns: owners.say,
    shares: (address) => owners.say(noNode, address),
    decide(node, exists) {
      flags.set(node, flags.at(node) | nodeFlag.decided | (exists ? nodeFlag.exists : 0))
    },
    framework: (text) => void frameworks.push([text, []]),
    task(id, text) {
      if (tasksFrom === undefined) tasksFrom = recordSet.length
      else taskEnd.push(recordSet.length)
      frameworks.at(-1)?.[1].push([id, text])
    },
    finish() {
      if (tasksFrom !== undefined) taskEnd.push(recordSet.length)
      addAncestors()
      const flagBytes = sharedBytes(flags.take())
      return {
        names: sharedBytes(names.buffer.subarray(0, names.length)),
        nameAt: nameAt.take(),
        flags: flagBytes,
        slots: sharedNumbers(slots),
        setOf: [setOf[0].take(), setOf[1].take(), setOf[2].take()],
        setNode: setNode.take(),
        setKind: sharedBytes(setKind.take()),
        ...sorted(),
        first: first.take(),
        second: second.take(),
        weighted: weighted.take(),
        weights: weights.take(),
        v6: sharedBytes(v6.buffer.subarray(0, v6.length)),
        ...reverseOf(owners.all, (node) => (flags.at(node) & nodeFlag.listed) !== 0, v6Known),
        taskEnd: taskEnd.take(),
        tasksFrom: tasksFrom ?? recordSet.length,
        tasks: sharedBytes(new TextEncoder().encode(JSON.stringify(frameworks))),
        unencodable: countUnencodable(
          flagBytes,
          setNode.take(),
          recordSet.take(),
          first.take(),
          setKind.take(),
        ),
      }
    },
    books: () => ({ again: again.take(), below: below.take(), owners: owners.all }),
  }
}

function hashRecord(set: number, one: number, two: number): number {
  let hash = Math.imul(set ^ 0x9e3779b9, 0x85ebca6b)
  hash = Math.imul(hash ^ one ^ (hash >>> 15), 0xc2b2ae35)
  hash = Math.imul(hash ^ two ^ (hash >>> 13), 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Owners that are too long, and services whose target is, under owners that are not. */
function countUnencodable(
  flags: Uint8Array,
  setNode: Uint32Array,
  recordSet: Uint32Array,
  first: Uint32Array,
  setKind: Uint32Array,
): number {
  const tooLong = (node: number | undefined) => ((flags[node ?? 0] ?? 0) & nodeFlag.tooLong) !== 0
  let count = 0
  for (let set = 0; set < setNode.length; set++) if (tooLong(setNode[set])) count++
  for (let record = 0; record < recordSet.length; record++) {
    const set = recordSet[record] ?? 0
    if (setKind[set] === kind.SRV && !tooLong(setNode[set]) && tooLong(first[record])) count++
  }
  return count
}
