import { join } from 'node:path'
import type { z } from 'zod'
import { isReference } from '../../config/option/kind/file-value.ts'
import { toldIn } from '../../config/option/values.ts'
import { nameIn } from '../../config/option/version.ts'
import type { ServiceFile } from '../service/spec.ts'

/** What the document sets of a program. */
type Set = {
  /** By flag; switches stay true or false, everything else is spelled as the program wants it. */
  flags: Record<string, string | boolean>
  /** Secrets, for programs that take them from the environment. */
  secrets: Record<string, string>
  files: ServiceFile[]
}

/**
 * What is set in a section, as flags. What a program wants as a file is written to one that its owner alone reads.
 * @param folder of those files
 * @param version of the program, where the document says it: flags have its names, and those that it lacks are left out
 */
export function setIn(
  section: z.core.$ZodType,
  values: Record<string, unknown>,
  folder: string,
  version?: string,
): Set {
  const set: Set = { flags: {}, secrets: {}, files: [] }
  for (const { name, flag: newest, value, text, facts } of toldIn(section, values)) {
    const flag = nameIn(version, newest, facts)
    if (name === 'extraFlags' || flag === undefined) continue
    if (facts.file && !isReference(value)) {
      const path = join(folder, flag)
      set.files.push({ path, content: `${text}\n`, mode: 0o600, write: 'replace' })
      set.flags[flag] = `file://${path}`
    } else if (facts.secret && !facts.file) set.secrets[flag] = text
    else set.flags[flag] = typeof value === 'boolean' ? value : text
  }
  return set
}
