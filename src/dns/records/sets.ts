import { isIPv6 } from './address.ts'

export type RecordType = 'A' | 'AAAA' | 'SRV'

/** The values of one name: a lone one stands by itself, which keeps a million names small. */
export type Values = string | Set<string>

/** Name (fully qualified, as made) → values, in the order in which they were added. SRV values are `target:port`. */
export type RecordSets = Record<RecordType, Map<string, Values>>

export function emptySets(): RecordSets {
  return { A: new Map(), AAAA: new Map(), SRV: new Map() }
}

/** Adds one pair; false when it was there already or the value is empty. */
export function addRecord(sets: RecordSets, type: RecordType, name: string, value: string): boolean {
  if (value === '') return false
  const names = sets[type]
  const there = names.get(name)
  if (there === undefined) names.set(name, value)
  else if (typeof there === 'string') {
    if (there === value) return false
    names.set(name, new Set([there, value]))
  } else {
    if (there.has(value)) return false
    there.add(value)
  }
  return true
}

export function addAddress(sets: RecordSets, name: string, address: string): boolean {
  return addRecord(sets, isIPv6(address) ? 'AAAA' : 'A', name, address)
}

export function valuesOf(values: Values | undefined): Iterable<string> {
  if (values === undefined) return []
  return typeof values === 'string' ? [values] : values
}

export function countValues(values: Values): number {
  return typeof values === 'string' ? 1 : values.size
}
