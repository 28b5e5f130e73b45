import type { Entry } from '../../config/document/effective.ts'
import type { Origin } from '../../config/document/layers.ts'
import type { Screen } from '../cli/screen.ts'
import { table } from './table.ts'

/** Each value of a machine's configuration with the layer that it comes from; defaults recede. */
export function originTable(entries: Entry[], screen: Screen): string {
  const rows = entries.map(({ path, value, origin }) => {
    const from = originText(origin)
    return [path, valueText(value), origin.kind === 'default' ? { text: from, style: 'dim' as const } : from]
  })
  return table(screen, ['OPTION', 'VALUE', 'FROM'], rows)
}

/** As it stands in the document: `nodes.b`, `selectors.0`. */
function originText(origin: Origin): string {
  if (origin.kind === 'role') return `roles.${origin.role}`
  if (origin.kind === 'selector') return `selectors.${origin.index}`
  if (origin.kind === 'node') return `nodes.${origin.name}`
  return origin.kind === 'top' ? 'document' : 'default'
}

/** As a person would type it. */
export function valueText(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}
