import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import type { Screen } from '../cli/screen.ts'
import { remarks, stateCell } from './services.ts'
import { table } from './table.ts'

/** Which program comes from where, and what has no source. */
export function packagesText(packages: PackageStatus[], screen: Screen): string {
  const rows = packages.map(({ name, provider, source, state }) => [name, provider, stateCell(state), source])
  return [table(screen, ['PROGRAM', 'FROM', 'STATE', 'SOURCE'], rows), ...remarks(packages)].join('\n')
}
