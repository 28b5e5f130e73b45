import { z } from 'zod'
import { nameIn, upstream } from '../option/version.ts'
import { optionsIn } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'
import type { Rule } from './rule.ts'

/** Where the document says which version of a program is installed, nothing is set that this version does not know. */
export const version: Rule = (config) => {
  const { packages } = config
  if (Object.values(packages).every((wish) => wish.version === undefined)) return []
  return optionsIn(documentSchema).flatMap(({ path, schema, facts }) => {
    const installed = facts.program && packages[facts.program].version
    if (installed === undefined || nameIn(installed, '', facts) !== undefined) return []
    const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], config)
    if (value === undefined || Bun.deepEquals(value, z.safeParse(schema, undefined).data)) return []
    const has = facts.since === undefined ? `has it until ${facts.until}` : `has it since ${facts.since}`
    const message = `is not in ${facts.program} ${upstream(installed)}, which ${has}; leave it out, or write another version to packages.${facts.program}.version`
    return [{ path, message }]
  })
}
