import { z } from 'zod'
import { shapeOf } from '../option/walk.ts'
import { type Config, documentSchema } from '../schema.ts'
import { isSettings } from './layers.ts'

/** What sections came to, by schema and by the very object that was read; undefined for one that is not valid. */
export type Seen = Map<z.core.$ZodType, Map<unknown, unknown>>

/** Sections that hold others and have no rules of their own. */
const holders = new Set<z.core.$ZodType>([documentSchema, documentSchema.shape.mesos])

/**
 * The configuration that valid settings come to; undefined where something is wrong, which a check of the whole has to
 * tell. Layers of many machines share most of their sections, and each of these is read once.
 */
export function readSections(settings: unknown, seen: Seen): Config | undefined {
  return readSection(documentSchema, settings, seen) as Config | undefined
}

/** What a section comes to that is not there: the same for every document. */
const absent: Seen = new Map()

function readSection(schema: z.core.$ZodType, value: unknown, seen: Seen): unknown {
  const memory = value === undefined ? absent : seen
  const known = memory.get(schema) ?? new Map<unknown, unknown>()
  memory.set(schema, known)
  if (known.has(value)) return known.get(value)
  const read = holders.has(schema) ? readParts(schema, value ?? {}, seen) : readWhole(schema, value)
  known.set(value, read)
  return read
}

function readWhole(schema: z.core.$ZodType, value: unknown): unknown {
  const result = z.safeParse(schema, value)
  return result.success ? result.data : undefined
}

function readParts(schema: z.core.$ZodType, value: unknown, seen: Seen): unknown {
  const shape = shapeOf(schema) ?? {}
  if (!isSettings(value) || !Object.keys(value).every((key) => Object.hasOwn(shape, key))) return undefined
  const parts = Object.entries(shape).map(
    ([key, inner]) => [key, readSection(inner, value[key], seen)] as const,
  )
  return parts.some(([, part]) => part === undefined) ? undefined : Object.fromEntries(parts)
}
