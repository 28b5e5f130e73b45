import { isSettings, type Settings } from '../document/layers.ts'

/** What a format has no place for, and why. */
export type Left = { path: string; why: string }

/** A line for every value below some settings. */
export function leftIn(settings: unknown, path: string[], why: string): Left[] {
  if (settings === undefined) return []
  if (!isSettings(settings)) return [{ path: path.join('.'), why }]
  return Object.entries(settings).flatMap(([key, value]) => leftIn(value, [...path, key], why))
}

export function without(settings: Settings, keys: string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)))
}
