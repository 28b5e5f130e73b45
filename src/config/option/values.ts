import type { z } from 'zod'
import { written } from './kind/kind.ts'
import { type Facts, factsOf } from './option.ts'
import { shapeOf } from './walk.ts'

/** A value as its program is told: `flag` is the program's name for the option, `text` the value in its spelling. */
type Told = { name: string; flag: string; value: unknown; text: string; facts: Facts }

/** What of a section is set, in the order of the section. */
export function toldIn(section: z.core.$ZodType, values: Readonly<Record<string, unknown>>): Told[] {
  return Object.entries(shapeOf(section) ?? {}).flatMap(([name, schema]): Told[] => {
    const value = values[name]
    const facts = value === undefined ? undefined : factsOf(schema)
    if (!facts) return []
    return [{ name, flag: facts.flag ?? name, value, text: written(schema, value), facts }]
  })
}
