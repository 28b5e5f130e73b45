import { isSettings } from './layers.ts'

/** One value that differs between two documents; undefined where there is none. */
export type Change = { path: string[]; from?: unknown; to?: unknown }

/** What differs, value by value, in the order of the first and then of the second. Lists count as one value. */
export function changesBetween(before: unknown, after: unknown, path: string[] = []): Change[] {
  if (same(before, after)) return []
  if (isSettings(before) && isSettings(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) => changesBetween(own(before, key), own(after, key), [...path, key]))
  }
  // A mapping that comes or goes is told value by value, so that two people may each add to it.
  if (isFilled(before) && after === undefined) return changesBetween(before, {}, path)
  if (isFilled(after) && before === undefined) return changesBetween({}, after, path)
  return [
    {
      path,
      ...(before === undefined ? {} : { from: before }),
      ...(after === undefined ? {} : { to: after }),
    },
  ]
}

/** The first of ours that touches what they changed to something else. */
export function collision(ours: Change[], theirs: Change[]): { ours: Change; theirs: Change } | undefined {
  for (const our of ours) {
    const their = theirs.find(
      ({ path, to }) =>
        (startsWith(path, our.path) || startsWith(our.path, path)) &&
        !(path.length === our.path.length && same(to, our.to)),
    )
    if (their) return { ours: our, theirs: their }
  }
  return undefined
}

function startsWith(path: string[], beginning: string[]): boolean {
  return beginning.every((key, index) => path[index] === key)
}

function own(from: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(from, key) ? from[key] : undefined
}

function isFilled(value: unknown): boolean {
  return isSettings(value) && Object.keys(value).length > 0
}

/** The order of keys means nothing. */
function same(a: unknown, b: unknown): boolean {
  return Bun.deepEquals(a, b, true)
}
