import { z } from 'zod'
import { kind } from './kind.ts'

/** What meshbox sets itself: known by name, so that it can be explained, and refused with the reason. */
export function ours(why: string) {
  return kind(z.undefined({ error: `cannot be set: ${why}` }).optional(), {
    name: 'set by meshbox',
    text: why,
    good: [],
    bad: ['anything', 5, true],
    json: { not: {} },
  })
}
