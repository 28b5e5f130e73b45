import type { Screen, Style } from '../cli/screen.ts'
import type { MachineStatus, Status } from '../status.ts'
import { type Cell, table } from './table.ts'

/** The whole status as text: problems first, then what runs where. `now` is Unix milliseconds. */
export function statusText(status: Status, screen: Screen, now: number): string {
  const { cluster } = status
  return [
    ...(cluster.waiting ?? []).map((reason) => `${screen.paint('yellow', 'waiting:')} ${reason}`),
    ...status.problems.map((problem) => `${screen.paint('red', 'problem:')} ${problem}`),
    `cluster ${screen.paint('bold', cluster.name)}${documentText(status)}`,
    ...(cluster.simulated ? [screen.paint('yellow', 'simulated: Mesos and Marathon are stand-ins')] : []),
    `${cluster.zookeeper.url} (${cluster.zookeeper.managed ? 'run by meshbox' : 'not run by meshbox'}, session ${cluster.zookeeper.session})`,
    ...status.machines.flatMap((machine) => ['', machineText(machine, screen, now)]),
  ].join('\n')
}

function documentText({ cluster: { document } }: Status): string {
  return document ? ` · document version ${document.version}` : ' · no document yet'
}

function machineText(machine: MachineStatus, screen: Screen, now: number): string {
  const { address, api, dns, held, name, roles, services } = machine
  const rows: Cell[][] = [
    ...services.map((service) => [
      service.name,
      stateCell(service.state),
      service.address,
      service.pid === undefined ? '' : String(service.pid),
      age(now - service.since),
      notes([
        service.simulated ? 'simulated' : undefined,
        service.restarts > 0 ? `restarted ${service.restarts}×` : undefined,
      ]),
    ]),
    ...held.map((service) => [service.name, stateCell(service.kind === 'missing' ? 'waiting' : 'left out')]),
    [
      'dns',
      stateCell(dns.state),
      dns.address,
      '',
      dns.loadedAt === undefined ? '' : age(now - dns.loadedAt),
      notes([dns.records > 0 ? `${dns.records} records` : undefined, dns.stale ? 'stale' : undefined]),
    ],
  ]
  const where = address === '' ? [] : [address, roles.join(', '), `API http://${api}`]
  return [
    [screen.paint('bold', name), ...where].join(' · '),
    table(screen, ['SERVICE', 'STATE', 'ADDRESS', 'PID', 'FOR', ''], rows),
    ...remarks([...services, ...held, { name: 'dns', ...dns }]),
  ].join('\n')
}

/** Why something is not as it should be, and what to do: too long for a table. */
function remarks(things: { name: string; reason?: string; hint?: string }[]): string[] {
  return things.flatMap(({ name, reason, hint }) => [
    ...(reason ? [`${name}: ${reason}`] : []),
    ...(hint ? [`  hint: ${hint}`] : []),
  ])
}

function stateCell(state: string): Cell {
  return { text: state, style: colours[state] ?? 'yellow' }
}

const colours: Record<string, Style> = {
  ready: 'green',
  failed: 'red',
  'backing-off': 'red',
  stopped: 'dim',
  'left out': 'dim',
}

function notes(parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ')
}

/** The two figures that matter: `5s`, `3m`, `2h`, `9d`. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}
