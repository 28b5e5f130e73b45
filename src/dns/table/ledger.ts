import { isWithin } from '../message/name.ts'
import { type Books, openTable } from './build.ts'
import { type Entry, entriesAt, putEntry } from './entry.ts'
import { writeName } from './names.ts'
import { findName, nameOf, unencodableAt } from './read.ts'
import type { RecordSink } from './sink.ts'
import { nodeFlag, noNode, type Patch, type Table } from './table.ts'

/** Counts who makes which record, so that a table may be changed without being made anew. */
export type Ledger = {
  /** What is made with this sink is made once less, or once more. */
  less: RecordSink
  more: RecordSink
  /** All that has changed since the table was made. @throws Error when more was taken away than was there */
  patch(): Patch
}

/** A name whose records have changed, or may have. */
type Name = {
  /** Every record that it has or had, with how often it is made. */
  records: Map<string, { entry: Entry; times: number }>
  /** How many of them are made at all. */
  alive: number
  /** How many names that exist stand right below it. */
  below: number
  exists: boolean
  /** Whether a question can name it: others have no place in the tree of names. */
  servable: boolean
}

const shared = ''

/** @param weight of SRV records that have none of their own */
export function openLedger(
  table: Table,
  books: Books,
  { domain, weight }: { domain: string; weight: number },
): Ledger {
  const apex = `${domain}.`
  const again = new Map<number, number>()
  for (const record of books.again) again.set(record, (again.get(record) ?? 0) + 1)
  const names = new Map<string, Name>()
  /** Address → the names that say it is theirs, `shared` for each time that it is. */
  const owners = new Map<string, string[]>()
  const hidden = { records: 0, unencodable: 0 }
  /** Names are known to the makers by their number here. */
  const numbered: string[] = []
  const wire = Buffer.alloc(1024)

  function nameFor(text: string): Name {
    const known = names.get(text)
    if (known) return known
    const made = fromTable(text)
    names.set(text, made)
    return made
  }

  function fromTable(text: string): Name {
    const found = findName({ table }, text.slice(0, -1))
    const servable =
      isWithin(text.slice(0, -1), domain) &&
      text.length < 300 &&
      writeName(wire, 0, text.slice(0, -1)).form === 'wire'
    if (!found) return { records: new Map(), alive: 0, below: 0, exists: text === apex, servable }
    const { node } = found
    const records = entriesAt(table, node, weight).map(({ entry, record }) => {
      const one = { entry, times: 1 + (again.get(record) ?? 0) }
      return [slotOf(entry), one] as const
    })
    hidden.records += records.length
    hidden.unencodable += unencodableAt(table, node)
    return {
      records: new Map(records),
      alive: records.length,
      below: books.below[node] ?? 0,
      exists: ((table.flags[node] ?? 0) & nodeFlag.exists) !== 0,
      servable,
    }
  }

  function count(entry: Entry, by: 1 | -1): void {
    const name = nameFor(entry.owner)
    const slot = slotOf(entry)
    let one = name.records.get(slot)
    if (!one || one.times === 0) {
      // Of one service there is one weight: the one that it was made with first.
      one = { entry, times: 0 }
      name.records.set(slot, one)
    }
    const was = one.times
    one.times += by
    if (one.times < 0) throw new Error(`cannot take away what is not there: ${slot} of ${entry.owner}`)
    if ((was === 0) === (one.times === 0)) return
    name.alive += by
    settle(entry.owner, name)
  }

  /** A name exists while it has records, or others below it do (RFC 8020). */
  function settle(text: string, name: Name): void {
    const exists = name.alive > 0 || name.below > 0 || text === apex
    if (exists === name.exists) return
    name.exists = exists
    if (!name.servable || text === apex) return
    const above = text.slice(text.indexOf('.') + 1)
    const parent = nameFor(above)
    parent.below += exists ? 1 : -1
    settle(above, parent)
  }

  function ownersFor(address: string): string[] {
    const known = owners.get(address)
    if (known) return known
    const said = books.owners.get(address) ?? []
    const made = (typeof said === 'number' ? [said] : said).map((node) =>
      node === noNode ? shared : nameOf(table, node),
    )
    owners.set(address, made)
    return made
  }

  function say(owner: string, address: string, by: 1 | -1): void {
    const all = ownersFor(address)
    if (by === 1) return void all.push(owner)
    const at = all.indexOf(owner)
    if (at < 0) throw new Error(`cannot take away what is not there: ${address} of ${owner}`)
    all.splice(at, 1)
  }

  function sink(by: 1 | -1): RecordSink {
    const text = (number: number) => numbered[number] ?? ''
    return {
      name: (name) => numbered.push(name) - 1,
      below: (label, _, above) => numbered.push(`${label}.${above}`) - 1,
      task: () => {},
      address: (owner, address) =>
        count({ kind: address.includes(':') ? 'AAAA' : 'A', owner: text(owner), address }, by),
      service: (owner, target, port, weights = { priority: 0, weight }) =>
        count({ kind: 'SRV', owner: text(owner), target: text(target), port, ...weights }, by),
      owns: (owner, address) => say(text(owner), address, by),
      shares: (address) => say(shared, address, by),
    }
  }

  /** The one name of an address that can be asked for. */
  function ownerOf(all: string[]): string | undefined {
    const [first = shared] = all
    if (first === shared || all.some((name) => name !== first)) return undefined
    return nameFor(first).servable ? first : undefined
  }

  return {
    less: sink(-1),
    more: sink(1),
    patch() {
      numbered.length = 0
      const reverse = new Map([...owners].map(([address, all]) => [address, ownerOf(all)]))
      const builder = openTable(domain, 2 * [...names.values()].reduce((sum, { alive }) => sum + alive, 64))
      for (const [text, { records, exists }] of names) {
        builder.decide(builder.name(text), exists)
        for (const { entry, times } of records.values()) if (times > 0) putEntry(builder, entry, weight)
      }
      return { table: builder.finish(), owners: reverse, hidden: { ...hidden } }
    },
  }
}

/** What there is one of below a name, whatever its weights. */
function slotOf(entry: Entry): string {
  return entry.kind === 'SRV' ? `${entry.port} ${entry.target}` : entry.address
}
