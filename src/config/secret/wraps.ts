import { z } from 'zod'
import { deriveKey } from './derive.ts'
import { openLetter, sealLetter } from './letter.ts'

/**
 * The data key, wrapped with each key of the keyring: who has one of them can read all secrets, those in the history too,
 * and a new key costs one more wrap. By the names of the keys.
 */
const wrapsSchema = z.record(z.string(), z.base64())

export type Wraps = z.output<typeof wrapsSchema>

const about = ['data key']

/** What a key is called in lists and logs; it tells nothing of the key. */
export function keyName(key: Uint8Array): string {
  return deriveKey(key, 'key id').toString('hex').slice(0, 8)
}

/** Undefined for what somebody else wrote there. */
export function readWraps(data: Buffer): Wraps | undefined {
  try {
    return wrapsSchema.parse(JSON.parse(data.toString()))
  } catch {
    return undefined
  }
}

/** Undefined when none of the keys opens it. */
export function unwrap(wraps: Wraps, keys: readonly Uint8Array[]): Buffer | undefined {
  for (const key of keys) {
    const wrap = wraps[keyName(key)]
    const opened = wrap === undefined ? undefined : openLetter(Buffer.from(wrap, 'base64'), [key], about)
    if (opened) return opened.plain
  }
  return undefined
}

/** The wraps with one for each of the keys, and none for `removed`; the same object where nothing lacks. */
export function rewrapped(
  wraps: Wraps,
  dataKey: Uint8Array,
  keys: readonly Uint8Array[],
  removed: readonly string[] = [],
): Wraps {
  const lacking = keys.filter((key) => !Object.hasOwn(wraps, keyName(key)))
  if (lacking.length === 0 && !removed.some((name) => Object.hasOwn(wraps, name))) return wraps
  const kept = Object.entries(wraps).filter(([name]) => !removed.includes(name))
  const added = lacking.map((key) => [keyName(key), sealLetter(dataKey, key, about).toString('base64')])
  return Object.fromEntries([...kept, ...added])
}
