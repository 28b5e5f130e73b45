import { isSettings, roles, valueAt } from '../document/layers.ts'
import { secretPaths } from '../option/secret.ts'

/** A secret value in a document: where it stands, and which option it is of. */
export type Place = { path: string[]; option: string; value: unknown }

/** All secret values of a document, in whichever layer they stand. */
export function secretPlaces(document: unknown): Place[] {
  const options = secretPaths()
  return layerPaths(document).flatMap((layer) =>
    options.flatMap((option): Place[] => {
      const path = [...layer, ...option]
      const value = valueAt(document, path)
      return value === undefined || value === null ? [] : [{ path, option: option.join('.'), value }]
    }),
  )
}

function layerPaths(document: unknown): string[][] {
  const selectors = valueAt(document, ['selectors'])
  const nodes = valueAt(document, ['nodes'])
  return [
    [],
    ...roles.map((role) => ['roles', role]),
    ...(Array.isArray(selectors) ? selectors.map((_, index) => ['selectors', String(index)]) : []),
    ...(isSettings(nodes) ? Object.keys(nodes).map((name) => ['nodes', name]) : []),
  ]
}

/** A copy with another value at a path that exists; what is shared with the original is not changed. */
export function replaced(from: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(from))
    return from.map((item, index) => (String(index) === key ? replaced(item, rest, value) : item))
  if (!isSettings(from)) return from
  return { ...from, [key]: replaced(from[key], rest, value) }
}
