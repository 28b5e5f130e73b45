import { z } from 'zod'
import { factsOf } from '../option/option.ts'
import { shapeOf } from '../option/walk.ts'
import { type Config, documentSchema } from '../schema.ts'
import { isSettings, type Settings } from './layers.ts'

/** What parts of the schema came to, by the very value that was read; `refused` for one that is not valid. */
export type Seen = Map<z.core.$ZodType, Map<unknown, unknown>>

const refused = Symbol('not valid')

/**
 * The configuration that valid settings come to; undefined where something is wrong, which a check of the whole has to
 * tell. Layers of many machines share most of their values, and each of these is read once.
 */
export function readSections(settings: unknown, seen: Seen): Config | undefined {
  const read = readPart(documentSchema, settings, seen)
  return read === refused ? undefined : (read as Config)
}

function readPart(schema: z.core.$ZodType, value: unknown, seen: Seen): unknown {
  const known = seen.get(schema) ?? new Map<unknown, unknown>()
  seen.set(schema, known)
  if (known.has(value)) return known.get(value)
  const section = sectionOf(schema)
  const read = section ? readSection(section, value, seen) : readOption(schema, value)
  known.set(value, read)
  return read
}

function readOption(schema: z.core.$ZodType, value: unknown): unknown {
  const result = z.safeParse(schema, value)
  return result.success ? result.data : refused
}

/** A section, what it comes to where nothing of it is set, and what must hold between its options. */
type Section = {
  options: [string, z.core.$ZodType][]
  unset: Map<string, unknown>
  checks: z.core.$ZodCheck<never>[]
}

const sections = new Map<z.core.$ZodType, Section | undefined>()

function sectionOf(schema: z.core.$ZodType): Section | undefined {
  if (!sections.has(schema)) sections.set(schema, makeSection(schema))
  return sections.get(schema)
}

function makeSection(schema: z.core.$ZodType): Section | undefined {
  const shape = factsOf(schema) ? undefined : shapeOf(schema)
  if (!shape) return undefined
  const options = Object.entries(shape)
  const unset = options.flatMap(([name, inner]): [string, unknown][] => {
    const read = readPart(inner, undefined, new Map())
    return read === undefined ? [] : [[name, read]]
  })
  return { options, unset: new Map(unset), checks: checksOf(schema) }
}

/** Those of the object itself; a default stands around it. */
function checksOf(schema: z.core.$ZodType): z.core.$ZodCheck<never>[] {
  const { checks = [], innerType } = schema._zod.def as {
    checks?: z.core.$ZodCheck<never>[]
    innerType?: z.core.$ZodType
  }
  return innerType ? checksOf(innerType) : checks
}

function readSection({ options, unset, checks }: Section, given: unknown, seen: Seen): unknown {
  const value = given === undefined ? {} : given
  if (!isSettings(value)) return refused
  const left = new Set(Object.keys(value))
  const read: Record<string, unknown> = {}
  for (const [name, schema] of options) {
    const part = left.delete(name) ? readPart(schema, value[name], seen) : unset.get(name)
    if (part === refused) return refused
    if (part !== undefined) read[name] = part
  }
  if (left.size > 0) return refused
  const payload: z.core.ParsePayload<never> = { value: read as never, issues: [] }
  // None of ours waits for anything.
  for (const check of checks) void check._zod.check(payload)
  return payload.issues.length === 0 ? read : refused
}

/** Without the sections and layers that nobody has filled yet, such as a `dns:` with nothing but comments below it. */
export function withoutEmpty(document: unknown): unknown {
  if (!isSettings(document)) return document
  const { roles, selectors, nodes, ...top } = document
  const each = (layers: unknown) =>
    isSettings(layers) ? filledIn(layers, (layer) => filledSections(layer, documentSchema)) : layers
  const around = {
    roles: each(roles),
    selectors: Array.isArray(selectors)
      ? selectors.map((one) => filledSections(one, documentSchema))
      : selectors,
    nodes: each(nodes),
  }
  return { ...(filledSections(top, documentSchema) as Settings), ...filledIn(around, (value) => value) }
}

function filledSections(value: unknown, schema: z.core.$ZodType): unknown {
  if (!isSettings(value)) return value
  const shape = shapeOf(schema) ?? {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const below = Object.hasOwn(shape, key) ? shape[key] : undefined
      if (!below || !sectionOf(below)) return [[key, inner]]
      return inner === null ? [] : [[key, filledSections(inner, below)]]
    }),
  )
}

function filledIn(settings: Settings, inside: (value: unknown) => unknown): Settings {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]): [string, unknown][] =>
      value === null || value === undefined ? [] : [[key, inside(value)]],
    ),
  )
}
