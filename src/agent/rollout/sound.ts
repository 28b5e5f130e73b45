import type { Sound } from './rollout.ts'

/**
 * What one goes back to from this version: of the versions before it the newest that says of programs what was proven, so
 * that what has been changed live since stays. Where nothing was proven yet all still run by the oldest.
 * @param past newest first
 * @param digestOf undefined for a text that is no document
 */
export function soundBefore(
  version: number,
  proven: Sound | undefined,
  past: { version: number; text: string }[],
  digestOf: (text: string) => string | undefined,
): Sound | undefined {
  const before = past
    .filter((each) => each.version < version)
    .map((each) => ({ version: each.version, digest: digestOf(each.text) }))
    .filter((each): each is Sound => each.digest !== undefined)
  const sound = proven?.digest ?? before.at(-1)?.digest
  return before.find((each) => each.digest === sound) ?? proven
}
