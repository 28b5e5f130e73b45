import { parse } from 'yaml'
import type { z } from 'zod'
import { misuse } from '../../error.ts'
import { nearest } from '../nearest.ts'
import { factsOf, within } from '../option/option.ts'
import { optionAt, shapeOf } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'
import { checkValue } from './check.ts'

type Around = { kind: 'keys'; of: Record<string, z.core.$ZodType> } | { kind: 'any' } | { kind: 'value' }

/** What may stand below a place of the schema. */
function below(schema: z.core.$ZodType): Around {
  const shape = shapeOf(schema)
  if (shape) return { kind: 'keys', of: shape }
  return { kind: isMapping(schema) ? 'any' : 'value' }
}

function isMapping(schema: z.core.$ZodType): boolean {
  const inside = within(schema)
  return inside ? isMapping(inside) : schema._zod.def.type === 'record'
}

/**
 * The path of an option as it is typed: `zookeeper.autopurge.purgeInterval`, with dots in the names of the options
 * too; in front of it may stand a layer, `nodes.b.` or `roles.worker.`.
 * @throws MeshboxError (exit 2) with the nearest name for what is not known
 */
export function readOption(text: string): string[] {
  const [layer = '', name = '', ...rest] = text.split('.')
  if (layer === 'roles' && rest.length > 0) return [layer, name, ...readOption(rest.join('.'))]
  if (layer === 'nodes' && rest.length > 0) return readNodeOption([name, ...rest], text)
  return readKeys(text, documentSchema, [], text)
}

/** Names of machines may have dots: the shortest one behind which an option stands. */
function readNodeOption(parts: string[], whole: string): string[] {
  const readings = parts.slice(1).map((_, index) => () => {
    const option = readKeys(parts.slice(index + 1).join('.'), documentSchema, [], whole)
    return ['nodes', parts.slice(0, index + 1).join('.'), ...option]
  })
  for (const read of readings) {
    try {
      return read()
    } catch {
      // a longer name, then
    }
  }
  return readings[0]?.() ?? ['nodes', ...parts]
}

/** The path of an option with that name in a section of the schema; undefined when there is none. */
export function optionIn(section: string[], name: string): string[] | undefined {
  const path = [...section, name]
  return optionAt(documentSchema, path)?.path.length === path.length ? path : undefined
}

function readKeys(text: string, schema: z.core.$ZodType, before: string[], whole: string): string[] {
  const here = below(schema)
  if (here.kind === 'value') throw unknown(whole, `${before.join('.')} has nothing below it`)
  if (here.kind === 'any') return [...before, text]
  const key = Object.keys(here.of)
    .filter((known) => text === known || text.startsWith(`${known}.`))
    .sort((a, b) => b.length - a.length)[0]
  const inner = key === undefined ? undefined : here.of[key]
  const renamed = Object.entries(here.of).find(([, schema]) => factsOf(schema)?.before?.includes(text))?.[0]
  if (renamed !== undefined) return [...before, renamed]
  if (key === undefined || !inner) {
    const guess = nearest(text.split('.')[0] ?? '', Object.keys(here.of))
    const known = guess
      ? `did you mean ${[...before, guess].join('.')}?`
      : `known here: ${Object.keys(here.of).join(', ')}`
    throw unknown(whole, `there is no such option; ${known}`)
  }
  const path = [...before, key]
  return text === key ? path : readKeys(text.slice(key.length + 1), inner, path, whole)
}

function unknown(text: string, why: string): Error {
  return misuse(
    'option-unknown',
    `cannot find ${text}: ${why}`,
    'run `meshbox config show --origin` for all of them',
  )
}

/**
 * The value of an option as it is typed: what YAML makes of it where that fits the option, else the text itself, or a
 * list of what stands between commas. One that fits in no way is taken as YAML has it, for the error to tell.
 */
export function readValue(path: string[], text: string): unknown {
  const option = path[0] === 'nodes' || path[0] === 'roles' ? path.slice(2) : path
  const asList = text.split(',').map((part) => part.trim())
  const readings = [asYaml(text), text, asList.map(asYaml), asList]
  const fitting = readings.find((value) => fits(option, value))
  return fitting === undefined ? asYaml(text) : fitting
}

function fits(path: string[], value: unknown): boolean {
  return checkValue(path, value).length === 0
}

function asYaml(text: string): unknown {
  try {
    // A text is taken as it was typed: what YAML reads as a comment or as quotes may well be part of it.
    const value: unknown = text.trim() === '' ? text : parse(text)
    return typeof value === 'string' ? text : value
  } catch {
    return text
  }
}
