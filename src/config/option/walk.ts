import type { z } from 'zod'
import { type Facts, factsOf, within } from './option.ts'

/** An option and where it stands in the document. */
export type Option = { path: string[]; schema: z.core.$ZodType; facts: Facts }

/** All options below a schema, in its order. */
export function optionsIn(schema: z.core.$ZodType, path: string[] = []): Option[] {
  const facts = factsOf(schema)
  if (facts) return [{ path, schema, facts }]
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([key, inner]) => optionsIn(inner, [...path, key]))
}

/**
 * The option at a path, or the one that the path leads into.
 * @example optionAt(documentSchema, ['dns', 'zoneResolvers', 'corp.example']) // dns.zoneResolvers
 */
export function optionAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): Option | undefined {
  let here = schema
  for (let depth = 0; ; depth++) {
    const facts = factsOf(here)
    if (facts) return { path: path.slice(0, depth).map(String), schema: here, facts }
    const key = path[depth]
    const shape = shapeOf(here) ?? {}
    const inner = key !== undefined && Object.hasOwn(shape, key) ? shape[String(key)] : undefined
    if (!inner) return undefined
    here = inner
  }
}

/** What stands in a section, by name; undefined for everything that is no section. */
export function shapeOf(schema: z.core.$ZodType): Record<string, z.core.$ZodType> | undefined {
  const { shape } = schema._zod.def as { shape?: Record<string, z.core.$ZodType> }
  if (shape) return shape
  const inside = within(schema)
  return inside && shapeOf(inside)
}
