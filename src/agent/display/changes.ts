import type { Change } from '../../config/document/changes.ts'
import type { Screen } from '../cli/screen.ts'
import { valueText } from './origins.ts'

/** A line for each value that differs. */
export function changesText(changes: Change[], screen: Screen): string {
  return changes
    .map(({ path, from, to }) => {
      const [before, after] = [from, to].map((value) => (value === undefined ? 'not set' : valueText(value)))
      return `${path.join('.')}: ${screen.paint('red', before ?? '')} → ${screen.paint('green', after ?? '')}`
    })
    .join('\n')
}
