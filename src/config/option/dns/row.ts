import type { z } from 'zod'
import { type Facts, option } from '../option.ts'

/** An option of the resolver: it takes each change as it comes, and machines may differ in all of them. */
export function dns<S extends z.ZodType>(schema: S, facts: Omit<Facts, 'change'>): S {
  return option(schema, { change: 'live', local: true, ...facts })
}
