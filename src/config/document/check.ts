import { z } from 'zod'
import { nearest } from '../nearest.ts'
import { within } from '../option/option.ts'
import { isSecret } from '../option/secret.ts'
import { optionAt, optionsIn, shapeOf } from '../option/walk.ts'
import type { Subject, Violation } from '../rule/rule.ts'
import { violationsIn } from '../rule/rules.ts'
import { type Config, documentSchema } from '../schema.ts'
import { layersSchema } from './layers.ts'
import { readSections, type Seen } from './sections.ts'

/** What is wrong, and where. */
export type Fault = { path: PropertyKey[]; message: string } & Pick<Violation, 'refused'>

export type Checked =
  | { kind: 'valid'; config: Config; warnings: Fault[] }
  | { kind: 'faulty'; faults: Fault[] }

/** Every machine that there can be. */
const any: Subject = { roles: ['worker', 'controller'] }

/**
 * Checks settings as a machine would have them, rules across options too, and fills in the defaults.
 * @param seen what was read already, where the settings of several machines are checked one after the other
 */
export function checkSettings(settings: unknown, subject: Subject = any, seen?: Seen): Checked {
  const checked = checkOptions(settings, seen)
  if (checked.kind === 'faulty') return checked
  const violations = violationsIn(checked.config, subject)
  const faults = violations.filter(({ warning }) => !warning)
  return faults.length > 0 ? { kind: 'faulty', faults } : { ...checked, warnings: violations }
}

/** Checks each option by itself. */
function checkOptions(settings: unknown, seen: Seen = new Map()): Checked {
  const config = readSections(settings, seen)
  if (config) return { kind: 'valid', config, warnings: [] }
  const result = documentSchema.safeParse(settings, { reportInput: true })
  if (result.success) return { kind: 'valid', config: result.data, warnings: [] }
  return { kind: 'faulty', faults: faultsOf(result.error, documentSchema) }
}

/** What is wrong with the value of one option, whatever the others are. */
export function checkValue(path: string[], value: unknown): Fault[] {
  const option = optionAt(documentSchema, path)
  if (option && option.path.length === path.length) {
    const { error } = z.safeParse(option.schema, value, { reportInput: true })
    if (error) return faultsOf(error, option.schema, path)
  }
  const settings = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
  const checked = checkOptions(settings)
  if (checked.kind === 'valid') return []
  return checked.faults.filter((fault) => path.every((key, index) => fault.path[index] === key))
}

/** What zod found, in our words. */
export function faultsOf(error: z.core.$ZodError, schema: z.core.$ZodType, at: PropertyKey[] = []): Fault[] {
  const faults = error.issues.flatMap((issue) =>
    faultsIn(issue, schema, at).map(({ path, message }) => ({ path: [...at, ...path], message })),
  )
  // What is no duration at all is not too short a one as well.
  return [...new Map(faults.toReversed().map((fault) => [fault.path.join('\0'), fault])).values()].reverse()
}

/** An unknown key gets a fault of its own, with the nearest name. */
function faultsIn(issue: z.core.$ZodIssue, schema: z.core.$ZodType, at: PropertyKey[]): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const around = issue.path.length === 0 ? Object.keys(layersSchema.shape) : []
    const known = [...keysAt(schema, issue.path), ...around]
    return issue.keys.map((key) => {
      const now = renamed(schema, issue.path, key)
      if (now) return { path: [...issue.path, key], message: `is not known; it is called ${now} now` }
      const guess = nearest(key, known)
      const advice = guess ? `did you mean ${guess}?` : `known here: ${known.join(', ')}`
      return { path: [...issue.path, key], message: `is not known; ${advice}` }
    })
  }
  return [{ path: issue.path, message: wordsOf(issue, at) }]
}

/** The rule and the value that breaks it. */
function wordsOf(issue: z.core.$ZodIssue, at: PropertyKey[]): string {
  const inner = issue.code === 'invalid_key' ? issue.issues[0] : undefined
  if (inner) return wordsOf({ ...inner, path: issue.path }, at)
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid')) return 'must be a mapping'
  const value = isSecret([...at, ...issue.path]) ? undefined : shown(issue)
  return issue.message.startsWith('must') && value !== undefined
    ? `${issue.message}, not ${value}`
    : issue.message
}

const longest = 60

function shown({ input }: z.core.$ZodIssue): string | undefined {
  if (input === undefined) return undefined
  const text = JSON.stringify(input)
  return text.length > longest ? undefined : text
}

/** What an option is called today that older versions of its program called otherwise. */
function renamed(schema: z.core.$ZodType, path: PropertyKey[], before: string): string | undefined {
  return optionsIn(schema)
    .find(
      (option) =>
        option.facts.before?.includes(before) &&
        option.path.length === path.length + 1 &&
        path.every((key, index) => key === option.path[index]),
    )
    ?.path.at(-1)
}

/** The names that the schema knows at a path. */
function keysAt(schema: z.core.$ZodType, [head, ...rest]: PropertyKey[]): string[] {
  const shape = shapeOf(schema)
  if (head === undefined) return Object.keys(shape ?? keysOfRecord(schema))
  const inner = shape ? Object.entries(shape).find(([key]) => key === head)?.[1] : elementOf(schema)
  return inner ? keysAt(inner, rest) : []
}

/** The keys of a record that takes some alone. */
function keysOfRecord(schema: z.core.$ZodType): Record<string, string> {
  const inside = within(schema)
  if (inside) return keysOfRecord(inside)
  const { keyType } = schema._zod.def as { keyType?: { _zod: { def: { entries?: Record<string, string> } } } }
  return keyType?._zod.def.entries ?? {}
}

function elementOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const inside = within(schema)
  return inside ? elementOf(inside) : (schema._zod.def as { element?: z.core.$ZodType }).element
}
