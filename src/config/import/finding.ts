import { z } from 'zod'
import { checkValue } from '../document/check.ts'
import type { Edit } from '../document/edit.ts'
import { mayStandIn } from '../document/local.ts'
import { optionAt } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'

/** What becomes of one setting of the old cluster; `from` is how it was called there. */
export type Finding =
  /** With `mended`: not as it stood there, and why. */
  | { kind: 'taken'; from: string; path: string[]; value: unknown; mended?: string }
  /** It is so anyway. */
  | { kind: 'same'; from: string; path: string[]; value: unknown }
  /** It has no place in the document, and why; `wrong` where its option does not take the value. */
  | { kind: 'left'; from: string; why: string; wrong?: true }
  /** It was wrong, and is right without anybody's doing. */
  | { kind: 'mended'; from: string; why: string }

/** A file, or what a program answers, as it was found. */
export type Source = { name: string; text: string }

export type Options = {
  /** For one machine: what names that machine is taken too. */
  oneMachine: boolean
}

/** A value for an option, unless it is the default or the option does not take it. */
export function taken(from: string, path: string[], value: unknown, mended?: string): Finding {
  if (isDefault(path, value)) return { kind: 'same', from, path, value }
  const [fault] = checkValue(path, value)
  if (fault)
    return {
      kind: 'left',
      wrong: true,
      from,
      why: `${path.join('.')} does not take ${JSON.stringify(value)}: ${fault.message}`,
    }
  return { kind: 'taken', from, path, value, ...(mended === undefined ? {} : { mended }) }
}

/** Whether it would be so anyway: by meshbox's own default, or by that of the program. */
function isDefault(path: string[], value: unknown): boolean {
  const option = optionAt(documentSchema, path)
  if (!option) return false
  const own = z.safeParse(option.schema, undefined)
  const wanted = own.data ?? option.facts.programDefault
  return wanted !== undefined && Bun.deepEquals(wanted, z.safeParse(option.schema, value).data, true)
}

/**
 * The changes of the document that findings come to. Of two for one option the later counts.
 * @param layer where to write what may stand there, `['nodes', 'b']`; the rest holds for all machines
 */
export function editsOf(findings: Finding[], layer: string[] = []): Edit[] {
  return findings.flatMap((finding) =>
    finding.kind === 'taken'
      ? [{ path: [...placeIn(layer, finding.path), ...finding.path], value: finding.value }]
      : [],
  )
}

function placeIn([kind, name = '']: string[], path: string[]): string[] {
  if (kind === undefined) return []
  const above = kind === 'roles' && (name === 'worker' || name === 'controller') ? name : 'machine'
  const option = optionAt(documentSchema, path)
  return option && !mayStandIn(above, option) ? [] : [kind, name]
}
