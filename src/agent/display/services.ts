import type { Held } from '../../supervisor/provider/choose.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Screen, Style } from '../cli/screen.ts'
import { type Cell, table } from './table.ts'

export const serviceTitles = ['SERVICE', 'STATE', 'ADDRESS', 'PID', 'FOR', '']

/** The services of one machine; `now` is Unix milliseconds. */
export function servicesText(services: ServiceStatus[], screen: Screen, now: number): string {
  return [table(screen, serviceTitles, serviceRows(services, now)), ...remarks(services)].join('\n')
}

export function serviceRows(services: ServiceStatus[], now: number): Cell[][] {
  return services.map((service) => [
    service.name,
    stateCell(service.state),
    service.address,
    service.pid === undefined ? '' : String(service.pid),
    age(now - service.since),
    notes([
      service.simulated ? 'simulated' : undefined,
      service.restarts > 0 ? `restarted ${service.restarts}×` : undefined,
    ]),
  ])
}

type Remarkable = { name: string; reason?: string; hint?: string; output?: string[] }

/** Why something is not as it should be, and what to do: too long for a table. */
export function remarks(things: Remarkable[]): string[] {
  return things.flatMap(({ name, reason, hint, output = [] }) => [
    ...(reason ? [`${name}: ${reason}`] : []),
    ...output.map((line) => `  | ${line}`),
    ...(hint ? [`  hint: ${hint}`] : []),
  ])
}

/** What a service that cannot run is called beside the states of the others. */
export function heldState(kind: Held['kind']): string {
  return { preparing: 'preparing', missing: 'waiting', 'left-out': 'left out' }[kind]
}

export function stateCell(state: string): Cell {
  return { text: state, style: colours[state] ?? 'yellow' }
}

const colours: Record<string, Style> = {
  ready: 'green',
  failed: 'red',
  'backing-off': 'red',
  stopped: 'dim',
  'left out': 'dim',
}

export function notes(parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ')
}

/** The two figures that matter: `5s`, `3m`, `2h`, `9d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}
