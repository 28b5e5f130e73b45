import type { Screen } from '../cli/screen.ts'
import type { ChangeReport, ControllersReport } from '../controllers/open.ts'
import { table } from './table.ts'

export function controllersText({ controllers, change }: ControllersReport, screen: Screen): string {
  const rows = controllers.map(({ id, name, address, state, votes, leads }) => [
    name,
    address,
    { text: state, style: state === 'alive' ? ('green' as const) : ('red' as const) },
    String(id),
    votes ? 'votes' : 'has no vote',
    leads ? 'leads' : '',
  ])
  const shown = table(screen, ['NAME', 'ADDRESS', 'STATE', 'SERVER', 'ZOOKEEPER', 'MASTERS'], rows)
  return change ? `${shown}\n\n${changeText(change)}` : shown
}

/** One line: what it is, who is at it, and how it stands. */
export function changeText({ text, state, why, now, steps }: ChangeReport): string {
  const left = steps.length > 0 ? `, ${steps.length} steps left` : ''
  const [next] = steps
  if (state === 'running' && now) return `${text}: ${next?.text ?? `${now.name}: ${now.task}`}${left}`
  return `${text}: ${state}${why === undefined ? '' : ` (${why})`}${state === 'done' ? '' : left}`
}
