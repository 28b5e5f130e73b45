import type { Screen } from '../cli/screen.ts'
import { type OtherMachine, trouble } from '../nodes/others.ts'
import { type Cell, table } from './table.ts'

/** So many machines without trouble are shown by name. */
const mostWell = 20

/** The other machines, a line each; of many that are well only their number. */
export function othersText(others: OtherMachine[], screen: Screen): string[] {
  if (others.length === 0) return []
  const well = others.filter((machine) => trouble(machine) === 0)
  const shown = others.filter((machine) => trouble(machine) > 0).concat(well.slice(0, mostWell))
  const rows = shown.map((machine): Cell[] => [
    machine.name,
    machine.address,
    machine.roles.includes('controller') ? 'controller' : 'worker',
    stateOf(machine),
    servicesOf(machine),
    machine.document === undefined ? '' : String(machine.document),
  ])
  const more = well.length - mostWell
  return [
    table(screen, ['MACHINE', 'ADDRESS', 'ROLE', 'STATE', 'SERVICES', 'DOCUMENT'], rows),
    ...(more > 0 ? [`and ${more} more, all of them ready`] : []),
    ...others.flatMap(({ name, said }) => (said?.problems ?? []).map((problem) => `${name}: ${problem}`)),
  ]
}

function stateOf({ state, said }: OtherMachine): Cell {
  if (state === 'failed' || state === 'unseen') return { text: state, style: 'red' }
  if (!said) return { text: 'no ZooKeeper', style: 'red' }
  return said.ready ? { text: 'ready', style: 'green' } : { text: 'not ready', style: 'yellow' }
}

function servicesOf({ said }: OtherMachine): string {
  if (!said) return ''
  const other = said.services.filter(({ state }) => state !== 'ready')
  const ready = said.services.length - other.length
  const well = ready > 0 ? [`${ready} ready`] : []
  return [...well, ...other.map(({ name, state }) => `${name} ${state}`)].join(', ')
}
