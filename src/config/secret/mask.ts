import { isSettings, type Settings, valueAt } from '../document/layers.ts'
import { secretPaths } from '../option/secret.ts'
import { replaced, secretPlaces } from './places.ts'

/** What stands for a secret in everything that is shown. */
const stars = '***'

/** Each part of a secret as stars: a mapping keeps its keys, so that it can be edited. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked)
  if (isSettings(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]))
  return value === undefined || value === null || value === '' ? value : stars
}

/** The settings of one machine as they may be shown. */
export function maskSettings<T extends object>(settings: T): T {
  return secretPaths().reduce<unknown>((shown, path) => {
    const value = valueAt(shown, path)
    return value === undefined ? shown : replaced(shown, path, masked(value))
  }, settings) as T
}

/** A whole document's values as they may be shown. */
export function maskDocument(document: unknown): unknown {
  return secretPlaces(document).reduce<unknown>(
    (shown, { path, value }) => replaced(shown, path, masked(value)),
    document,
  )
}

export function hasStars(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasStars)
  return isSettings(value) ? Object.values(value).some(hasStars) : value === stars
}

/** What a person left as stars is what was there before; stars stay where nothing was. */
export function unmasked(value: unknown, before: unknown): unknown {
  if (value === stars) return before === undefined || before === null ? stars : before
  if (Array.isArray(value))
    return value.map((item, index) => unmasked(item, Array.isArray(before) ? before[index] : undefined))
  if (!isSettings(value)) return value
  const old: Settings = isSettings(before) ? before : {}
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      unmasked(inner, Object.hasOwn(old, key) ? old[key] : undefined),
    ]),
  )
}
