import type { z } from 'zod'

/**
 * What a changed value takes to come into force: nothing (`live`), the program reads it again (`reload`), the program
 * starts anew (`restart`: workers do so in batches; `rolling`: one machine after the other), or it cannot be changed.
 */
export type ChangeClass = 'live' | 'reload' | 'restart' | 'rolling' | 'immutable'

export type ProgramName = 'zookeeper' | 'mesos-master' | 'docker' | 'mesos-agent' | 'marathon'

/** What there is to know about an option beside its type and its default. */
export type Facts = {
  /** What it does, in one or two sentences. */
  text: string
  change: ChangeClass
  /** Why it cannot be changed; for `immutable` alone. */
  why?: string
  /** The program whose option it is. */
  program?: ProgramName
  /** The flag, parameter or Java property that it becomes, where that is not the option's own name. */
  flag?: string
  /** What older versions of the program called it. */
  before?: readonly string[]
  /** The version of the program that has it first, and the one that has it no more. */
  since?: string
  until?: string
  /** Of a plain number: `seconds`, `milliseconds`, `bytes`. */
  unit?: string
  /** Shown as `***` everywhere. */
  secret?: true
  /** May differ between machines: roles, selectors and nodes may set it. */
  local?: true
  /** The program gets the path of a file of mode 0600 with the value in it. */
  file?: true
  /** What the program takes where nobody sets it. */
  programDefault?: unknown
  /** Where meshbox sets another default than the program: what the program would take, and why not. */
  old?: unknown
  reason?: string
}

const known = new WeakMap<z.core.$ZodType, Facts>()

/** Makes an option of a schema. The schema itself stays as it is and may become further options. */
export function option<S extends z.ZodType>(schema: S, facts: Facts): S {
  const own = schema.clone() as S
  known.set(own, facts)
  return own
}

/** What is known of an option; wrappers such as `.optional()` and `.default()` are looked through. */
export function factsOf(schema: z.core.$ZodType): Facts | undefined {
  const facts = known.get(schema)
  if (facts) return facts
  const inside = within(schema)
  return inside && factsOf(inside)
}

/** What a wrapper is around: an optional or a default, the first part of a pipe. */
export function within(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const def = schema._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType; out?: z.core.$ZodType }
  if (def.innerType) return def.innerType
  if (def.in?._zod.def.type === 'transform') return def.out
  return def.in
}
