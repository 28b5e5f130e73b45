import type { Facts } from './next.ts'
import type { Sound } from './rollout.ts'

/**
 * What one goes back to from this document: of the versions before it the newest that says of programs what was proven, so
 * that what has been changed live since stays. Where nothing was proven yet, what it said of them before.
 * @param past newest first
 * @param digestOf undefined for a text that is no document
 */
export function soundBefore(
  { version, digest }: NonNullable<Facts['document']>,
  proven: Sound | undefined,
  past: { version: number; text: string }[],
  digestOf: (text: string) => string | undefined,
): Sound | undefined {
  for (const before of past) {
    if (before.version >= version) continue
    const said = digestOf(before.text)
    if (said !== undefined && (proven ? said === proven.digest : said !== digest))
      return { version: before.version, digest: said }
  }
  return proven
}
