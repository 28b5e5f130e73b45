/** Lamport times behind the newest that are remembered, and messages of each. */
const window = 512
const perTime = 64

/** Tells what is heard for the first time, in bounded memory; what is too old counts as known. */
export function createSeen(): (time: number, id: string) => boolean {
  const seen = new Map<number, Set<string>>()
  let newest = 0
  return (time, id) => {
    if (time < newest - window) return false
    const ids = seen.get(time) ?? new Set()
    if (ids.has(id) || ids.size >= perTime) return false
    seen.set(time, ids.add(id))
    if (time > newest) newest = time
    if (seen.size > window) {
      for (const old of seen.keys()) if (old < newest - window || seen.size > 2 * window) seen.delete(old)
    }
    return true
  }
}
