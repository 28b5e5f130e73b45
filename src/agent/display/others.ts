import type { Screen } from '../cli/screen.ts'
import { type OtherMachine, trouble } from '../nodes/others.ts'
import { age } from './services.ts'
import { type Cell, fitting } from './table.ts'

/** So many machines without trouble are shown by name. */
const mostWell = 20

const titles = ['MACHINE', 'ADDRESS', 'ROLE', 'STATE', 'SERVICES', 'FOR', 'DOC', 'DNS']
/** `meshbox members` has the addresses too. */
const spare = ['ADDRESS', 'MACHINE', 'FOR', 'DNS', 'ROLE', 'DOC']

/** The other machines, a line each; of many that are well only their number. `now` is Unix milliseconds. */
export function othersText(others: OtherMachine[], screen: Screen, now: number): string[] {
  if (others.length === 0) return []
  const well = others.filter((machine) => trouble(machine) === 0)
  const shown = others.filter((machine) => trouble(machine) > 0).concat(well.slice(0, mostWell))
  const rows = shown.map((machine): Cell[] => [
    machine.name,
    machine.address,
    machine.roles.includes('controller') ? 'controller' : 'worker',
    stateOf(machine),
    servicesOf(machine),
    ageOf(machine, now),
    machine.document === undefined ? '' : String(machine.document),
    dnsOf(machine),
  ])
  const more = well.length - mostWell
  return [fitting(screen, titles, rows, spare), ...(more > 0 ? [`and ${more} more, all of them ready`] : [])]
}

function stateOf({ state, said }: OtherMachine): Cell {
  if (state === 'failed' || state === 'unseen') return { text: state, style: 'red' }
  if (!said) return { text: 'no ZooKeeper', style: 'red' }
  return said.ready ? { text: 'ready', style: 'green' } : { text: 'not ready', style: 'yellow' }
}

/** Of several that are not ready the first is named. */
function servicesOf({ said }: OtherMachine): string {
  if (!said) return ''
  const [first, ...more] = said.services.filter(({ state }) => state !== 'ready')
  if (!first) return `${said.services.length} ready`
  return `${first.name} ${first.state}${more.length > 0 ? ` +${more.length}` : ''}`
}

/** How long its services have been as they are. */
function ageOf({ said }: OtherMachine, now: number): string {
  const since = said?.services.flatMap((service) => service.since ?? []) ?? []
  return since.length === 0 ? '' : age(now - Math.max(...since))
}

function dnsOf({ said }: OtherMachine): Cell {
  if (!said) return ''
  if (said.stale) return { text: 'stale', style: 'yellow' }
  return said.dns === 'ready' ? 'fresh' : { text: said.dns, style: 'yellow' }
}
