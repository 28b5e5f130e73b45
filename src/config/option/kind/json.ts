import { z } from 'zod'
import { kind } from './kind.ts'

const error = 'must be a mapping, a list, or a text that is JSON'
const structure = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())])

/** A mapping or a list, or JSON as a text; the text is read. */
export const json = kind(
  z.preprocess(
    (value) => (typeof value === 'string' ? parsed(value) : value),
    z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())], { error }),
  ),
  {
    name: 'json',
    text: 'a mapping or a list, or a text that is JSON',
    good: [{}, { a: { b: 1 } }, [1], '{"a": 1}'],
    bad: ['{', 'text', 5, true],
    json: { type: ['object', 'array', 'string'] },
    write: (value) => JSON.stringify(value),
  },
)

/** JSON of a certain shape, also as a text. */
export function jsonOf<S extends z.ZodType>(
  shape: S,
  about: { name: string; text: string; good: unknown[]; bad: unknown[] },
) {
  const schema = z.preprocess((value) => (typeof value === 'string' ? parsed(value) : value), shape)
  return kind(schema, {
    ...about,
    good: [...about.good, ...about.good.slice(0, 1).map((value) => JSON.stringify(value))],
    bad: [...about.bad, '{', 5, true],
    json: { type: ['object', 'array', 'string'] },
    write: (value) => JSON.stringify(value),
  })
}

/** The value of a JSON text; the text itself where it is none, so that the shape refuses it. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return structure.safeParse(value).success ? value : text
  } catch {
    return text
  }
}
