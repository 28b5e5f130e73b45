import type { z } from 'zod'
import { nearest } from '../nearest.ts'
import { type Config, documentSchema } from '../schema.ts'
import { layersSchema } from './layers.ts'

/** What is wrong, and where. */
export type Fault = { path: PropertyKey[]; message: string }

export type Checked = { kind: 'valid'; config: Config } | { kind: 'faulty'; faults: Fault[] }

/** Checks settings as a machine would have them, and fills in the defaults. */
export function checkSettings(settings: unknown): Checked {
  const result = documentSchema.safeParse(settings)
  if (result.success) return { kind: 'valid', config: result.data }
  return { kind: 'faulty', faults: faultsOf(result.error, documentSchema) }
}

/** What zod found, in our words. */
export function faultsOf(error: z.ZodError, schema: z.core.$ZodType): Fault[] {
  return error.issues.flatMap((issue) => faultsIn(issue, schema))
}

/** An unknown key gets a fault of its own, with the nearest name. */
function faultsIn(issue: z.core.$ZodIssue, schema: z.core.$ZodType): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const around = issue.path.length === 0 ? Object.keys(layersSchema.shape) : []
    const known = [...keysAt(schema, issue.path), ...around]
    return issue.keys.map((key) => {
      const guess = nearest(key, known)
      const advice = guess ? `did you mean ${guess}?` : `known here: ${known.join(', ')}`
      return { path: [...issue.path, key], message: `is not known; ${advice}` }
    })
  }
  const words = issue.message.replace(/^Invalid input: |^Too (big|small): /, '')
  return [{ path: issue.path, message: words }]
}

/** The names that the schema knows at a path; wrappers such as defaults are looked through. */
function keysAt(schema: z.core.$ZodType, path: PropertyKey[]): string[] {
  const def = schema._zod.def as {
    shape?: Record<string, z.core.$ZodType>
    innerType?: z.core.$ZodType
    element?: z.core.$ZodType
  }
  if (def.innerType) return keysAt(def.innerType, path)
  const [head, ...rest] = path
  if (head === undefined) return Object.keys(def.shape ?? {})
  const inner = def.element ?? def.shape?.[String(head)]
  return inner ? keysAt(inner, rest) : []
}
