import type { Facts } from './option.ts'

/** The program's own version at the start of a package's: `1:1.4.1-2.0.1.debian9` is 1.4.1. */
export function upstream(version: string): string {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version
}

/** Whether a program's version comes before another; numbers that are left out are 0. */
export function precedes(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split('.').map(Number))
  for (let part = 0; part < 3; part++) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** Whether two versions begin with the same number. */
export function isOfMajor(version: string, other: string): boolean {
  return version.split('.')[0] === other.split('.')[0]
}

/**
 * What a version of the program calls an option: its own name, or an older one; undefined where it has none.
 * @param version of the program or its package; without one it is new enough
 */
export function nameIn(version: string | undefined, name: string, facts: Facts): string | undefined {
  if (version === undefined) return name
  const own = upstream(version)
  if (facts.until !== undefined && !precedes(own, facts.until)) return undefined
  return facts.since !== undefined && precedes(own, facts.since) ? facts.before?.[0] : name
}
