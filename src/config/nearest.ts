import { closest, distance } from 'fastest-levenshtein'

/** The known name that was probably meant, or undefined when none is near: swapped letters or a third of them may differ. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const found = closest(name.toLowerCase(), [...known])
  return distance(name.toLowerCase(), found.toLowerCase()) <=
    (name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3)))
    ? found
    : undefined
}
