import type { z } from 'zod'
import { within } from '../option.ts'

/** A type of values, as operators know it. */
export type Kind = {
  /** `duration`, `size`, `list of texts`. */
  name: string
  /** What is taken, for people: `a number and a unit, such as 5mins`. */
  text: string
  /** Some values that are taken, and some that are not. */
  good: readonly unknown[]
  bad: readonly unknown[]
  /** How a program wants it written, where that is neither the value itself, JSON, nor a list with commas. */
  write?: (value: unknown) => string
  /** For editors, where JSON Schema cannot be told from the zod schema. */
  json?: z.core.JSONSchema.BaseSchema
}

const registry = new WeakMap<z.core.$ZodType, Kind>()

/** Names a kind: everything that is made from the schema is of it, unless it is named itself. */
export function kind<S extends z.ZodType>(schema: S, about: Kind): S {
  registry.set(schema, about)
  return schema
}

/** The kind of a schema; refinements and wrappers are looked through. */
export function kindOf(schema: z.core.$ZodType): Kind | undefined {
  const own = registry.get(schema)
  if (own) return own
  const from = schema._zod.parent ?? within(schema)
  return from && kindOf(from)
}

/** A value as programs take it on a command line or in a properties file. */
export function written(schema: z.core.$ZodType, value: unknown): string {
  const write = kindOf(schema)?.write
  if (write) return write(value)
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
