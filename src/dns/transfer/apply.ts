import { openTable } from '../table/build.ts'
import { type Entry, eachEntry, keyOf, putEntry } from '../table/entry.ts'
import type { Table } from '../table/table.ts'

/** What increments amount to: a record that one of them added and a later one removed is in neither. */
export type Net = { remove(entry: Entry): void; add(entry: Entry): void; result(): Difference }
export type Difference = { removed: Set<string>; added: Map<string, Entry> }

export function openNet(): Net {
  const removed = new Set<string>()
  const added = new Map<string, Entry>()
  return {
    remove(entry) {
      const key = keyOf(entry)
      if (!added.delete(key)) removed.add(key)
    },
    add(entry) {
      const key = keyOf(entry)
      if (!removed.delete(key)) added.set(key, entry)
    },
    result: () => ({ removed, added }),
  }
}

/** A table with what was removed taken out and what was added put in; undefined when they do not belong together. */
export function applyDifference(
  before: Table,
  { removed, added }: Difference,
  { domain, weight }: { domain: string; weight: number },
): Table | undefined {
  const builder = openTable(domain, Math.max(1000, before.first.length + added.size))
  let found = 0
  eachEntry({ table: before }, weight, (entry) => {
    if (removed.size > 0 && removed.has(keyOf(entry))) found++
    else putEntry(builder, entry, weight)
  })
  for (const entry of added.values()) putEntry(builder, entry, weight)
  const table = builder.finish()
  return found === removed.size && builder.books().again.length === 0 ? table : undefined
}
