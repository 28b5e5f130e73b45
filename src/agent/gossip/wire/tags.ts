import { encoded, WireError } from './codec.ts'
import { limits } from './limits.ts'
import { dictionary, text } from './msgpack.ts'

export type Tags = Record<string, string>

/** serf's mark that the metadata of a member are tags. */
const tagMark = 0xff
const dictionaryOfTags = dictionary(text, limits.meta)

/** Metadata of a member; see `limits.meta` for how long they may be. */
export function encodeTags(tags: Tags): Uint8Array {
  return Buffer.concat([Uint8Array.of(tagMark), encoded(dictionaryOfTags, new Map(Object.entries(tags)))])
}

/** None for metadata that are no tags: another program's member is shown without them. */
export function decodeTags(meta: Uint8Array): Tags {
  if (meta[0] !== tagMark) return {}
  try {
    return Object.fromEntries(dictionaryOfTags.decode({ bytes: meta, at: 1 }))
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}
