type Named = { readonly name: string }

/**
 * Immutable entries by name, in an order that has nothing to do with when they came. A copy shares with its original
 * whatever neither of them changes: so thousands of members with the same view fit into one simulation.
 */
export type Table<T extends Named> = {
  size(): number
  get(name: string): T | undefined
  /** Adds the entry, or takes the place of that of the same name. */
  set(entry: T): void
  delete(name: string): void
  all(): T[]
  /** The entries lie in so many parts, a power of two. */
  parts(): number
  part(at: number): readonly T[]
  /** No part ever had more entries. */
  deepest(): number
  /** The sum of what its entries weigh: two tables with the same one have the same entries, as far as they are weighed. */
  sum(): number
  copy(): Table<T>
}

/** Weights are below it, and so are their sums: whole numbers that are exact. */
const mostSum = 2 ** 52
const fewestParts = 16
/** Entries in a part, on average, before there are twice as many parts. */
const full = 8

/** @param weigh what counts of an entry in `sum`; 0 for one that does not */
export function createTable<T extends Named>(
  weigh: (entry: T) => number = () => 0,
  from?: { parts: readonly (readonly T[])[]; sum: number },
): Table<T> {
  let parts = from ? from.parts.slice() : Array<readonly T[]>(fewestParts).fill([])
  let sum = from?.sum ?? 0
  let size = 0
  let deepest = 0
  for (const { length } of parts) {
    size += length
    deepest = Math.max(deepest, length)
  }
  const placeOf = (name: string) => hash(name) & (parts.length - 1)

  function subtract(entry: T): void {
    sum = (sum + mostSum - weigh(entry)) % mostSum
  }

  function grow(): void {
    const entries = parts.flat()
    const wider = Array.from({ length: parts.length * 2 }, (): T[] => [])
    parts = wider
    deepest = 0
    for (const entry of entries) {
      const part = wider[placeOf(entry.name)]
      deepest = Math.max(deepest, part?.push(entry) ?? 0)
    }
  }

  return {
    size: () => size,
    get(name) {
      for (const entry of parts[placeOf(name)] ?? []) if (entry.name === name) return entry
      return undefined
    },
    set(entry) {
      const place = placeOf(entry.name)
      const part = (parts[place] ?? []).slice()
      const at = part.findIndex(({ name }) => name === entry.name)
      const old = part[at]
      if (old) part[at] = entry
      else {
        part.push(entry)
        size++
      }
      if (old) subtract(old)
      sum = (sum + weigh(entry)) % mostSum
      parts[place] = part
      deepest = Math.max(deepest, part.length)
      if (size > parts.length * full) grow()
    },
    delete(name) {
      const place = placeOf(name)
      const part = parts[place] ?? []
      const rest = part.filter((entry) => entry.name !== name)
      size -= part.length - rest.length
      for (const entry of part) if (entry.name === name) subtract(entry)
      parts[place] = rest
    },
    all: () => parts.flat(),
    parts: () => parts.length,
    part: (at) => parts[at] ?? [],
    deepest: () => deepest,
    sum: () => sum,
    copy: () => createTable(weigh, { parts, sum }),
  }
}

/** The weight of an entry that is this text, below `mostSum`. */
export function weightOf(text: string): number {
  return (hash(text, 0x9dc5811c) & 0xfffff) * 2 ** 32 + hash(text)
}

/** FNV-1a, its upper bits mixed into the lower ones that choose the part. */
function hash(text: string, basis = 0x811c9dc5): number {
  let sum = basis
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d)
  return (sum ^ (sum >>> 13)) >>> 0
}
